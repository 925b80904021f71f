"""A build in progress as the AWS API reports it, and when it has been given time enough."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_MINUTE: Final = 60.0
_QUEUED: Final = "QUEUED"


@dataclass(frozen=True)
class RunningBuild:
    """One build."""

    record: Mapping[str, Any]

    @property
    def build_id(self) -> str:
        """Give the id, `<project>:<uuid>`."""
        return str(self.record["id"])

    @property
    def uuid(self) -> str:
        """Give what is unique in the id."""
        return self.build_id.rpartition(":")[2]

    @property
    def is_queued(self) -> bool:
        """Tell whether nothing has been done for it yet."""
        return bool(self.record["currentPhase"] == _QUEUED)

    def is_timed_out(self, now: float) -> bool:
        """Tell whether it has been queued, or has run, for longer than it may."""
        queued = next(phase for phase in self.record["phases"] if phase["phaseType"] == _QUEUED)
        since, minutes = (
            (queued["startTime"], self.record["queuedTimeoutInMinutes"])
            if self.is_queued
            else (queued["endTime"], self.record["timeoutInMinutes"])
        )
        return bool(now - since >= minutes * _MINUTE)
