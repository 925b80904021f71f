"""A build as the API describes it, from the moment it is queued until it has ended."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

Record = dict[str, Any]
Phase = Mapping[str, Any]
RUNNING: Final = "IN_PROGRESS"
# What the API adds by itself before the data plane has anything to tell.
_BEFORE: Final = ("SUBMITTED", "QUEUED")
_MINUTES: Final = {"timeoutInMinutes": 60, "queuedTimeoutInMinutes": 480}
_SOURCE_OVERRIDES: Final = {
    "sourceTypeOverride": "type",
    "sourceLocationOverride": "location",
    "buildspecOverride": "buildspec",
}
# What a request to start a build may ask for here.
KNOWN: Final = frozenset(
    {*_SOURCE_OVERRIDES, "projectName", "environmentVariablesOverride", "timeoutInMinutesOverride", "idempotencyToken"}
)


def queued(project: Mapping[str, Any], request: Mapping[str, Any], *, arn: str, number: int, now: float) -> Record:
    """Give the record of a new build: the project's settings, and what the request overrides of them."""
    overridden = {key: request[name] for name, key in _SOURCE_OVERRIDES.items() if name in request}
    return {
        "id": arn.rpartition("/")[2],
        "arn": arn,
        "buildNumber": number,
        "projectName": project["name"],
        "startTime": now,
        "buildStatus": RUNNING,
        "buildComplete": False,
        "currentPhase": "QUEUED",
        "phases": [_closed({"phaseType": "SUBMITTED", "startTime": now}, "SUCCEEDED", now), _opened("QUEUED", now)],
        "source": {**project["source"], **overridden},
        "artifacts": {"location": ""},
        "cache": project["cache"],
        "environment": _environment(project["environment"], request.get("environmentVariablesOverride", ())),
        "serviceRole": project["serviceRole"],
        "logs": {"cloudWatchLogs": {"status": "ENABLED", **_log(project)}, "s3Logs": {"status": "DISABLED"}},
        "encryptionKey": project["encryptionKey"],
        **{key: project.get(key) or usual for key, usual in _MINUTES.items()},
        **({"timeoutInMinutes": minutes} if (minutes := request.get("timeoutInMinutesOverride")) else {}),
    }


def progress(record: Record, phases: Iterable[Phase], log: Mapping[str, str] | None) -> None:
    """Take the phases a build has had since it left the queue, and where it writes its log."""
    told = [dict(phase) for phase in phases]
    if not told:
        return
    before = [dict(phase) for phase in record["phases"] if phase["phaseType"] in _BEFORE]
    if "endTime" not in before[-1]:
        before[-1] = _closed(before[-1], "SUCCEEDED", told[0]["startTime"])
    after = [_closed(phase, phase["phaseStatus"], phase["endTime"]) if "endTime" in phase else phase for phase in told]
    record["phases"] = [*before, *after]
    record["currentPhase"] = told[-1]["phaseType"]
    record["logs"] = {**record["logs"], **(log or {})}


def end(record: Record, status: str, now: float, context: Mapping[str, str] | None = None) -> None:
    """End a build; the phase it was in, if any, ends with the same status and says why."""
    *done, last = record["phases"]
    if "endTime" not in last:
        last = _closed({**last, **({"contexts": [context]} if context else {})}, status, now)
    record["phases"] = [*done, last, _opened("COMPLETED", now)]
    record.update(currentPhase="COMPLETED", buildStatus=status, buildComplete=True, endTime=now)


def _environment(environment: Mapping[str, Any], overrides: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    variables = {variable["name"]: variable for variable in environment.get("environmentVariables") or ()}
    variables.update((variable["name"], variable) for variable in overrides)
    typed = [{"type": "PLAINTEXT", **variable} for variable in variables.values()]
    return {**environment, "environmentVariables": typed}


def _log(project: Mapping[str, Any]) -> dict[str, Any]:
    return dict((project.get("logsConfig") or {}).get("cloudWatchLogs") or {})


def _opened(phase: str, now: float) -> dict[str, Any]:
    return {"phaseType": phase, "startTime": now}


def _closed(phase: Phase, status: str, now: float) -> dict[str, Any]:
    seconds = max(0, round(now - phase["startTime"]))
    return {**phase, "phaseStatus": status, "endTime": now, "durationInSeconds": seconds}
