"""The version that clients ask for now."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tfserving.cli.store import Store
    from tfserving.model_store import Signature
    from tfserving.registry import Registry

LIVE: Final = "live"


@dataclass(frozen=True)
class Live:
    """The version labelled live, and what it can be asked."""

    version: int
    signatures: "Mapping[str, Signature]"


def live_signatures(store: "Store", registry: "Registry", model: str, tags: Collection[str]) -> Live | None:
    """Give the live version of a model, by models.config; None if no version is live, or it is not in the store."""
    from tfserving.model_store import list_versions, stored_signatures
    from tfserving.registry import RegistryError

    try:
        version = registry.version_of_label(model, LIVE)
    except RegistryError:
        return None
    entry = registry.entry(model, version)
    if entry and entry.signatures is not None:
        return Live(version, entry.signatures)
    # Published before the registry was there, or with more signatures than it holds.
    if version not in list_versions(store.client, store.bucket, model):
        return None
    return Live(version, stored_signatures(store.client, store.bucket, model, version, tags))
