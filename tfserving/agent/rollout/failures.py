"""Versions that failed: in whose words, and when they are tried again."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from tfserving.agent.rollout.facts import Version

FIRST_PAUSE_SECONDS: Final = 15.0
LONGEST_PAUSE_SECONDS: Final = 900.0


@dataclass(frozen=True)
class Failure:
    """One version's last failure, how many there were, and when the next try is due, in the clock's seconds."""

    words: str
    tries: int
    retry_at: float


class Failures:
    """Failures of one kind, by version; each pause is twice as long as the one before, up to a quarter of an hour.

    Nothing here has to survive: an agent that was restarted tries again at once.
    """

    def __init__(self) -> None:
        self._known: dict[Version, Failure] = {}

    def note(self, version: Version, words: str, now: float) -> None:
        """Take note of a failure."""
        tries = self._known[version].tries + 1 if version in self._known else 1
        # Past some thirty doublings there is nothing left to tell apart, and a float has an end.
        pause = min(FIRST_PAUSE_SECONDS * 2 ** min(tries - 1, 30), LONGEST_PAUSE_SECONDS)
        self._known[version] = Failure(words, tries, now + pause)

    def forget(self, version: Version) -> None:
        """Forget a version that succeeded."""
        self._known.pop(version, None)

    def keep(self, versions: Collection[Version]) -> None:
        """Forget all but these."""
        self._known = {version: failure for version, failure in self._known.items() if version in versions}

    def waiting(self, now: float) -> frozenset[Version]:
        """Give the versions whose next try is not due."""
        return frozenset(version for version, failure in self._known.items() if now < failure.retry_at)

    @property
    def known(self) -> Mapping[Version, Failure]:
        """Give every version that failed and has not succeeded since."""
        return dict(self._known)
