"""What only shows over time: a server that stays silent, and versions it fails to load."""

from collections.abc import Callable, Iterable
from typing import Final

from tfserving.agent.rollout import Failures, ServerState, Version

# The server reads its config within a second and looks at its folders within another; until it has, it repeats how
# the last try ended.
STALE_SECONDS: Final = 10.0
# Nothing listens while models load, or while a server that cannot load one is started again and again.
PATIENCE_SECONDS: Final = 300.0


class Watch:
    """Remembers since when; after a restart of the agent everything counts as just begun."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._silent_since: float | None = None
        self._told_at: dict[Version, float] = {}
        self._changed_at = clock()
        self.failures = Failures()

    def told(self, added: Iterable[Version]) -> None:
        """Take note that the server's config has changed, and of the versions that are new in it."""
        self._changed_at = self._clock()
        self._told_at |= dict.fromkeys(added, self._changed_at)

    def see(self, server: ServerState, told: Iterable[Version]) -> list[float]:
        """Take note of what the server says of the versions it was told; gives the seconds new ones took to load."""
        now = self._clock()
        if server.answers:
            self._silent_since = None
        elif self._silent_since is None:
            self._silent_since = now
        waiting, took = self.failures.waiting(now), []
        for version in told:
            if server.loaded(*version):
                self.failures.forget(version)
                if version in self._told_at:
                    took.append(now - self._told_at.pop(version))
            elif server.failed(*version) and version not in waiting and self._is_fresh(version, now):
                self.failures.note(version, server.errors[version], now)
        return took

    def held(self) -> frozenset[Version]:
        """Give the versions that failed and shall not be told now."""
        return self.failures.waiting(self._clock())

    @property
    def patient(self) -> bool:
        """Tell whether the server's silence may still be that of one that loads its models."""
        return self._silent_since is None or self._clock() - self._silent_since < PATIENCE_SECONDS

    @property
    def settled(self) -> bool:
        """Tell whether the server has had the time to follow its config."""
        return self._clock() - self._changed_at >= STALE_SECONDS

    def _is_fresh(self, version: Version, now: float) -> bool:
        return now - self._told_at.get(version, float("-inf")) >= STALE_SECONDS
