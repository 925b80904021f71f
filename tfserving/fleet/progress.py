"""What waiting people read: a line for each machine that is not ready, with its versions and their steps."""

from typing import Final

from tfserving.fleet.reports import Row
from tfserving.fleet.verdict import Judged, Standing, Verdict

_DONE: Final = frozenset({"AVAILABLE", "labelled"})


def lines_of(verdict: Verdict) -> tuple[str, ...]:
    """Say how far each machine is that is not ready: which model is at which step, and what it waits for."""
    waiting = [judged for judged in verdict.machines if judged.standing is not Standing.READY]
    return tuple(f"{judged.machine.instance_id}: {_line(judged)}" for judged in waiting) or _nobody(verdict)


def _nobody(verdict: Verdict) -> tuple[str, ...]:
    return () if verdict.machines else verdict.reasons


def _line(judged: Judged) -> str:
    steps = [_step(row) for row in judged.report.rows if _is_under_way(row)] if judged.report else []
    if judged.standing is not Standing.NOT_READY or not judged.current or not steps:
        return " ".join(judged.reasons)
    return "; ".join(steps)


def _is_under_way(row: Row) -> bool:
    return row.state not in _DONE or bool(row.waits_for or row.error)


def _step(row: Row) -> str:
    waits = f", waits for {row.waits_for}" if row.waits_for else ""
    return f"{row.name} {row.state}{waits}{f' ({row.error})' if row.error else ''}"
