"""What the agent says of its machine, in memory, over HTTP and in S3."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tfserving.agent.config_bucket import ConfigObject

FORMAT: Final = 1


@dataclass(frozen=True)
class VersionStatus:
    """How far one wanted version has come; states are those of tfserving.agent.rollout."""

    model: str
    version: int
    labels: tuple[str, ...]
    state: str
    error: str = ""
    waits_for: str = ""


@dataclass(frozen=True)
class Status:
    """A machine's state at one moment."""

    instance_id: str
    ready: bool = False
    problems: tuple[str, ...] = ()
    config: ConfigObject | None = None
    models: Sequence[VersionStatus] = field(default_factory=tuple)
    serving: bool = False

    def as_json(self, now: datetime.datetime) -> dict[str, Any]:
        """Give the status object; keys are a contract with `tfs status` and operators' scripts."""
        config = self.config
        return {
            "format": FORMAT,
            "instance_id": self.instance_id,
            "updated_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "ready": self.ready,
            "serving": self.serving,
            "problems": list(self.problems),
            "config": {
                "version_id": config.version_id if config else "",
                "etag": config.etag if config else "",
                "sha256": config.sha256 if config else "",
            },
            "models": [
                {
                    "model": version.model,
                    "version": version.version,
                    "labels": list(version.labels),
                    "state": version.state,
                    "error": version.error,
                    "waits_for": version.waits_for,
                }
                for version in self.models
            ],
        }


def utc_now() -> datetime.datetime:
    """Give the time."""
    return datetime.datetime.now(tz=datetime.UTC)
