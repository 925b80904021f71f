"""The registry of a stack's model versions: what each can be asked, how large it is, who published it and when."""

from tfserving.registry.entries import Entry, RegistryError, State
from tfserving.registry.labels import version_of_label
from tfserving.registry.registry import Registry
from tfserving.registry.signature_changes import signature_changes
from tfserving.registry.signature_json import signatures_as_json, signatures_from_json

__all__ = [
    "Entry",
    "Registry",
    "RegistryError",
    "State",
    "signature_changes",
    "signatures_as_json",
    "signatures_from_json",
    "version_of_label",
]
