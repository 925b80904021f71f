"""What is kept about a version beside its files."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from tfserving.model_store.saved_model import Signature


@dataclass(frozen=True)
class Facts:
    """A version's content by its digest, size in bytes and number of files, what it can be asked, by whom and why."""

    digest: str
    size: int
    files: int
    signatures: Mapping[str, Signature]
    publisher: str = ""
    note: str = ""


class Ledger(Protocol):
    """Where the steps of a version's life are written down, such as a stack's registry."""

    def reserve(self, model: str, version: int, facts: Facts) -> bool:
        """Write that a version is begun; False if it is written down with another content already."""

    def uploaded(self, model: str, version: int, facts: Facts) -> None:
        """Write that all files are there."""

    def complete(self, model: str, version: int, facts: Facts) -> None:
        """Write that the version is complete."""


class NoLedger:
    """Writes nothing down, for a store without a registry."""

    def reserve(self, model: str, version: int, facts: Facts) -> bool:
        """Take every version."""
        return True

    def uploaded(self, model: str, version: int, facts: Facts) -> None:
        """Write nothing."""

    def complete(self, model: str, version: int, facts: Facts) -> None:
        """Write nothing."""
