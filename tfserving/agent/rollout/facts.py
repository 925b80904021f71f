"""What the next step follows from."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

Version = tuple[str, int]
Label = tuple[str, str]

LOADED: Final = "AVAILABLE"
GONE: Final = "END"


@dataclass(frozen=True)
class Offer:
    """The versions of one model, and the version that each of its labels leads to."""

    versions: frozenset[int] = frozenset()
    labels: Mapping[str, int] = field(default_factory=dict)


Offers = Mapping[str, Offer]


@dataclass(frozen=True)
class ServerState:
    """What the server says: the state of each version, and the version each label leads to."""

    answers: bool = False
    states: Mapping[Version, str] = field(default_factory=dict)
    errors: Mapping[Version, str] = field(default_factory=dict)
    labels: Mapping[Label, int] = field(default_factory=dict)
    rest_answers: bool = True
    refusal: str = ""

    def loaded(self, model: str, version: int) -> bool:
        """Tell whether a version can be asked now."""
        return self.states.get((model, version)) == LOADED

    def failed(self, model: str, version: int) -> bool:
        """Tell whether the server has given a version up."""
        return self.states.get((model, version), GONE) == GONE and bool(self.errors.get((model, version)))


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything the next step follows from.

    `told` is what the server's config file says, None before there is one. `proven` are versions that this machine has
    served before, `held` those that failed and wait for their next try. `patient` is False once the server has been
    silent for longer than models take to load.
    """

    wanted: Offers
    told: Offers | None
    on_disk: AbstractSet[Version] = frozenset()
    proven: AbstractSet[Version] = frozenset()
    held: AbstractSet[Version] = frozenset()
    server: ServerState = field(default_factory=ServerState)
    patient: bool = True


def versions_of(offers: Offers | None) -> set[Version]:
    """Give every version that is offered."""
    return {(model, version) for model, offer in (offers or {}).items() for version in offer.versions}


def labels_of(offers: Offers | None) -> dict[Label, int]:
    """Give the version each label of each model leads to."""
    return {(model, label): v for model, offer in (offers or {}).items() for label, v in offer.labels.items()}
