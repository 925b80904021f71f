"""Names of resources, as pure functions."""

import ipaddress
import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

# An S3 bucket's name has 63 characters at most; the rest goes to "-configs-" and the engine's random suffix.
_LONGEST_PREFIX: Final = 40


def resource_prefix(project: str, stack: str) -> str:
    """Give the prefix of every resource's name: lower case letters, digits and hyphens, as S3 and ECR want them."""
    text = re.sub(r"[^a-z0-9]+", "-", f"{project}-{stack}".lower()).strip("-")
    return text[:_LONGEST_PREFIX].rstrip("-")


def caller_name(caller: str) -> str:
    """Give the part of a rule's name that says who may call: `10-0-0-0-16` for `10.0.0.0/16`, a group's id as it is."""
    if caller.startswith("sg-"):
        return caller
    network = ipaddress.ip_network(caller)
    return re.sub(r"[^0-9a-f]+", "-", str(network)).strip("-")


def caller_names(callers: Iterable[str]) -> dict[str, str]:
    """Give each caller's part of a rule's name, no two alike.

    What stands before and after the '::' of `2001:db8::7/128` and `2001:db8:7::/128` reads the same; of such, those
    with something after it are written out in full.
    """
    names = {caller: caller_name(caller) for caller in callers}
    shared = {name for name, count in Counter(names.values()).items() if count > 1}
    return {
        caller: _in_full(caller) if name in shared and "::/" not in caller else name for caller, name in names.items()
    }


def _in_full(caller: str) -> str:
    return ipaddress.ip_network(caller).exploded.replace(":", "-").replace("/", "-")
