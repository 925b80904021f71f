"""The availability preserving policy: which one thing to do next for a model, given its versions."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Generic, Protocol, TypeVar


class Phase(Enum):
    """Where a managed version is in its life."""

    NEW = "new"
    LOADING = "loading"
    READY = "ready"
    UNLOADING = "unloading"
    DISABLED = "disabled"
    ERROR = "error"


class Act(Enum):
    """The two things the manager does; the order is the one between models: unloads go first."""

    UNLOAD = 0
    LOAD = 1


class Candidate(Protocol):
    """What the policy looks at."""

    @property
    def version(self) -> int: ...
    @property
    def phase(self) -> Phase: ...
    @property
    def aspired(self) -> bool: ...


C = TypeVar("C", bound=Candidate)


@dataclass(frozen=True)
class Action(Generic[C]):
    """One thing to do with one version."""

    act: Act
    target: C


def next_action(versions: Iterable[C]) -> Action[C] | None:
    """Unload the lowest unwanted version once a wanted one serves, else load the highest new wanted one.

    With `latest: 1` no wanted version serves until the new one has loaded, so old and new share the memory for a
    while; with `specific` or several versions one that stays is already serving, so the unwanted goes first.
    """
    known = list(versions)
    wanted = [version for version in known if version.aspired]
    unwanted = [version for version in known if not version.aspired and version.phase is Phase.READY]
    serving = any(version.phase is Phase.READY for version in wanted)
    if unwanted and (not wanted or serving or len(unwanted) > 1):
        return Action(Act.UNLOAD, min(unwanted, key=lambda version: version.version))
    new = [version for version in wanted if version.phase is Phase.NEW]
    return Action(Act.LOAD, max(new, key=lambda version: version.version)) if new else None
