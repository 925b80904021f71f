"""Machines of a fleet, and what they report."""

import datetime
import json
from typing import Any

from tfserving.fleet import Config, Machine, Report, Verdict, Wanted, judge, parse_report, status_key

NOW = datetime.datetime(2026, 11, 23, 10, tzinfo=datetime.UTC)
CONFIG = Config("v2", '"e2"')


def status(instance_id: str, **other: Any) -> dict[str, Any]:
    """Give the status object of a machine that has the config and downloads."""
    row = {"model": "digits", "version": 3, "labels": ["test"], "state": "downloading", "error": ""}
    return {
        "format": 1,
        "instance_id": instance_id,
        "updated_at": "2026-11-23T10:00:00Z",
        "ready": False,
        "serving": True,
        "problems": [],
        "config": {"version_id": "v2", "etag": "e2", "sha256": "s2"},
        "models": [{**row, "waits_for": "its download"}],
        **other,
    }


def served(instance_id: str, **other: Any) -> dict[str, Any]:
    """Give the status object of a machine that serves what is wanted."""
    row = {"model": "digits", "version": 3, "labels": ["test"], "state": "labelled", "error": "", "waits_for": ""}
    return status(instance_id, **{"ready": True, "models": [row], **other})


def reported(content: dict[str, Any], age: float = 5) -> Report:
    """Give a report that was written so many seconds ago."""
    written = NOW - datetime.timedelta(seconds=age)
    return parse_report(status_key(content["instance_id"]), json.dumps(content), written)


def verdict(*reports: Report, machines: tuple[str, ...] = ("i-1",), config: Config | None = CONFIG) -> Verdict:
    """Judge the machines of a stack by their reports."""
    wanted = Wanted(config, tuple(Machine(id_) for id_ in machines))
    return judge(wanted, {report.instance_id: report for report in reports}, NOW)
