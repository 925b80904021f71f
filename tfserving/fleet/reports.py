"""A machine's report: the status object that its agent writes to the config bucket."""

import datetime
import json
from dataclasses import dataclass
from typing import Any, Final

STATUS_PREFIX: Final = "status/"
# Two heartbeats and some patience: an agent that says nothing for so long is not there any more.
STALE_SECONDS: Final = 150
# A status object has a line for each model version, and a few for each problem.
MOST_BYTES: Final = 4 << 20


@dataclass(frozen=True)
class Row:
    """One model version on a machine; `waits_for` is empty also if the agent does not say."""

    model: str
    version: int
    labels: tuple[str, ...]
    state: str
    waits_for: str = ""
    error: str = ""

    @property
    def name(self) -> str:
        """Name the version as people write it."""
        return f"{self.model}/{self.version}"


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a machine said, and when S3 took it; `serving` is None if its agent does not say."""

    instance_id: str
    written: datetime.datetime
    updated_at: str
    ready: bool
    serving: bool | None
    problems: tuple[str, ...]
    config_version_id: str
    config_etag: str
    rows: tuple[Row, ...]


def status_key(instance_id: str) -> str:
    """Name the status object of a machine."""
    return f"{STATUS_PREFIX}{instance_id}.json"


def parse_report(key: str, body: bytes | str, written: datetime.datetime) -> Report:
    """Read a status object.

    Raises ValueError, with the reason, if it is none.
    """
    content = _content(body)
    if mistake := _mistake(content):
        raise ValueError(mistake)
    if key != status_key(content["instance_id"]):
        raise ValueError(f"it is a copy of the machine {content['instance_id']!r}")
    config = content.get("config", {})
    return Report(
        instance_id=content["instance_id"],
        written=written,
        updated_at=content["updated_at"],
        ready=content["ready"],
        serving=content.get("serving"),
        problems=tuple(content["problems"]),
        config_version_id=config.get("version_id", ""),
        config_etag=config.get("etag", ""),
        rows=tuple(map(_row, content["models"])),
    )


def _content(body: bytes | str) -> Any:
    if not body:
        raise ValueError("it is empty")
    try:
        content = json.loads(body)
        # A lone surrogate can be written as JSON, and not be printed.
        json.dumps(content, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise ValueError("it is not JSON") from error
    return content


def _row(row: dict[str, Any]) -> Row:
    labels = tuple(map(str, row["labels"]))
    return Row(row["model"], row["version"], labels, row["state"], row.get("waits_for", ""), row.get("error", ""))


def _mistake(content: Any) -> str | None:
    if not isinstance(content, dict):
        return "it is no object of JSON"
    must = {"instance_id": str, "updated_at": str, "ready": bool, "problems": list, "models": list}
    wrong = _wrong(content, must, {"serving": bool, "config": dict})
    if wrong:
        return wrong
    if not all(isinstance(problem, str) for problem in content["problems"]):
        return "its 'problems' are no list of texts"
    if wrong := _wrong(content.get("config", {}), {}, {"version_id": str, "etag": str}):
        return f"its 'config' is wrong: {wrong}"
    rows = map(_row_mistake, content["models"])
    return next((f"an entry of its 'models' is wrong: {mistake}" for mistake in rows if mistake), None)


def _row_mistake(row: Any) -> str | None:
    if not isinstance(row, dict):
        return "it is no object"
    must = {"model": str, "version": int, "labels": list, "state": str}
    return _wrong(row, must, {"waits_for": str, "error": str})


def _wrong(content: dict[str, Any], must: dict[str, type], may: dict[str, type]) -> str | None:
    for key, kind in {**must, **may}.items():
        if key in may and key not in content:
            continue
        if not isinstance(content.get(key), kind):
            return f"its {key!r} is {'missing' if key not in content else f'no {kind.__name__}'}"
    return None
