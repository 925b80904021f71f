"""A model version as the registry's table has it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, cast, get_args

from tfserving.errors import TfServingError
from tfserving.model_store import Facts, Signature
from tfserving.registry.signature_json import signatures_as_json, signatures_from_json

State = Literal["reserved", "files", "complete"]
# An item has 400 KiB at most, names and all.
_MOST_SIGNATURES: Final = 350_000


class RegistryError(TfServingError):
    """The registry cannot answer."""


@dataclass(frozen=True)
class Entry:
    """One version: how far its publication came, and the facts about it.

    States: reserved, a number is taken; files, all files are there; complete, servers may load it. `signatures` is
    None where they are too large for the registry. Sizes are bytes, times UTC.
    """

    model: str
    version: int
    state: State
    digest: str
    size: int
    files: int
    signatures: Mapping[str, Signature] | None
    publisher: str
    note: str
    time: str

    @property
    def name(self) -> str:
        """Give the version as `digits/3`."""
        return f"{self.model}/{self.version}"


def values_of(facts: Facts) -> dict[str, dict[str, str]]:
    """Give what an item says of a version's facts, as DynamoDB's typed values."""
    signatures = json.dumps(signatures_as_json(facts.signatures))
    return {
        "digest": {"S": facts.digest},
        "size": {"N": str(facts.size)},
        "files": {"N": str(facts.files)},
        "publisher": {"S": facts.publisher},
        "note": {"S": facts.note},
        **({"signatures": {"S": signatures}} if len(signatures) <= _MOST_SIGNATURES else {}),
    }


def read_entry(item: Mapping[str, Any]) -> Entry:
    """Read an item; raises RegistryError for one that this project did not write."""
    try:
        state = item["state"]["S"]
        if state not in get_args(State):
            raise ValueError(f"its state is {state!r}")
        signatures = item.get("signatures")
        return Entry(
            model=item["model"]["S"],
            version=int(item["version"]["N"]),
            state=cast(State, state),
            digest=item["digest"]["S"],
            size=int(item["size"]["N"]),
            files=int(item["files"]["N"]),
            signatures=signatures_from_json(json.loads(signatures["S"])) if signatures else None,
            publisher=item["publisher"]["S"],
            note=item["note"]["S"],
            time=item["time"]["S"],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        key = {name: item.get(name) for name in ("model", "version")}
        raise RegistryError(f"The registry's item {key!r} is none of `tfs`: {error}. Remove it.") from error
