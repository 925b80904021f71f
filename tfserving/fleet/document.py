"""The verdict as JSON, for scripts."""

from typing import Any, Final

from tfserving.fleet.reports import Row
from tfserving.fleet.verdict import Judged, Verdict

FORMAT: Final = 1


def document(verdict: Verdict, bucket: str, notes: tuple[str, ...] = ()) -> dict[str, Any]:
    """Give what `tfs status --json` prints.

    `outcome` is 'ready', 'not ready' or 'lost machine'. `config` is the version of models.config in S3 now, null if
    there is none. Of each machine, `standing` is 'ready', 'not ready', 'has not reported' or 'lost', `config` is
    'current', 'behind' or 'unknown', `age_seconds` counts since its last report, and `reasons` is empty only if it is
    ready. Keys are added, never changed, within a `format`.
    """
    config = verdict.config
    return {
        "format": FORMAT,
        "outcome": str(verdict.outcome),
        "bucket": bucket,
        "config": {"version_id": config.version_id, "etag": config.etag} if config else None,
        "machines": [_machine(judged) for judged in verdict.machines],
        "notes": list(notes),
    }


def config_word(judged: Judged) -> str:
    """Say whether a machine has the config that lies in S3 now."""
    if judged.report is None:
        return "unknown"
    return "current" if judged.current else "behind"


def _machine(judged: Judged) -> dict[str, Any]:
    report = judged.report
    return {
        "machine": judged.machine.instance_id,
        "standing": str(judged.standing),
        "image": judged.machine.image,
        "config": config_word(judged),
        "config_version_id": report.config_version_id if report else "",
        "ready": bool(report and report.ready),
        "serving": report.serving if report else None,
        "updated_at": report.updated_at if report else None,
        "age_seconds": None if judged.age is None else round(judged.age),
        "reasons": list(judged.reasons),
        "models": [_row(row) for row in report.rows] if report else [],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "model": row.model,
        "version": row.version,
        "labels": list(row.labels),
        "state": row.state,
        "step": row.waits_for,
        "error": row.error,
    }
