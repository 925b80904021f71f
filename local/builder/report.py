"""How far a build has come, in a file that the data plane reads from outside."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class PhaseError(Exception):
    """Why a phase failed, in CodeBuild's words."""

    def __init__(self, status_code: str, message: str) -> None:
        super().__init__(message)
        self.context = {"statusCode": status_code, "message": message}


class Report:
    """The phases a build has had, where its log is, and how it ended."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._phases: list[dict[str, Any]] = []
        self._told: dict[str, Any] = {"phases": self._phases}

    def begin(self, phase: str, began: float | None = None) -> None:
        """Enter a phase."""
        self._phases.append({"phaseType": phase, "startTime": time.time() if began is None else began})
        self._write()

    def end(self, status: str, context: Mapping[str, str] | None = None) -> None:
        """Leave the phase the build is in."""
        # The console shows an empty context for phases that went well.
        contexts = [context or {"statusCode": "", "message": ""}]
        self._phases[-1].update(phaseStatus=status, endTime=time.time(), contexts=contexts)
        self._write()

    def log(self, group: str, stream: str) -> None:
        """Say where the log is."""
        self._told["log"] = {"groupName": group, "streamName": stream}
        self._write()

    def finish(self, status: str, context: Mapping[str, str] | None = None) -> None:
        """Say how the build ended."""
        self._told.update(buildStatus=status, context=context)
        self._write()

    def _write(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._file.with_suffix(".new")
        temporary.write_text(json.dumps(self._told))
        temporary.replace(self._file)
