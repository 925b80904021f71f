"""Names for resources the program leaves unnamed: the logical name and seven hex digits, as with the real plugins."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from local.providers.failures import ProviderError
from local.providers.resource_types import AutoName

# Where inputs say which of them the provider filled in.
DEFAULTS: Final = "__defaults"
_DIGITS: Final = 7


def auto_name(rule: AutoName, logical: str, seed: bytes, old: Mapping[str, Any]) -> str:
    """Give the name the resource has by this rule already, or a new one that follows from the seed.

    Raises ProviderError if the name gets longer than AWS takes.
    """
    if rule.property in old.get(DEFAULTS, []) and rule.property in old:
        return str(old[rule.property])
    stem = logical.lower() if rule.lower else logical
    name = f"{stem}-{hashlib.sha256(seed + logical.encode()).hexdigest()[:_DIGITS]}"
    if len(name) > rule.longest:
        raise ProviderError(
            f"The name {name!r} made for {logical!r} has {len(name)} characters, but {rule.longest} is the most. "
            f"Shorten the logical name or set {rule.property!r}."
        )
    return name


def is_auto_named(rule: AutoName | None, inputs: Mapping[str, Any]) -> bool:
    """Tell whether a resource of these inputs may exist twice for a while, because its name is not fixed."""
    return rule is None or rule.property in inputs.get(DEFAULTS, [])
