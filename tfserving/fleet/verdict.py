"""Whether every machine there should be has reported the config that is wanted as served."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tfserving.fleet.reports import STALE_SECONDS, Report
from tfserving.fleet.wanted import MODELS_KEY, Config, Machine, Wanted


class Standing(StrEnum):
    """How one machine stands."""

    READY = "ready"
    NOT_READY = "not ready"
    SILENT = "has not reported"
    LOST = "lost"


class Outcome(StrEnum):
    """How the fleet stands: as its worst machine does."""

    READY = "ready"
    NOT_READY = "not ready"
    LOST = "lost machine"


@dataclass(frozen=True)
class Judged:
    """One machine with its last report; the age is that report's, in seconds."""

    machine: Machine
    report: Report | None
    standing: Standing
    current: bool
    """Whether it speaks of the config that lies in S3 now."""
    age: float | None

    @property
    def reasons(self) -> tuple[str, ...]:
        """Say why the machine is not ready, in its own words where it has any; empty if it is."""
        if self.standing is Standing.READY:
            return ()
        if self.standing is Standing.LOST:
            return (f"It has not reported for {self.age:.0f} s, though the stack has it. Look whether it runs.",)
        if self.report is None:
            return ("It has not reported yet: it boots, or its console says why not.",)
        behind = () if self.current else ("It has not taken up the config that lies in S3 now.",)
        return (*behind, *self.report.problems) or ("It does not say why it is not ready.",)


@dataclass(frozen=True)
class Verdict:
    """The judged machines, and the config they were judged by."""

    config: Config | None
    machines: tuple[Judged, ...]

    @property
    def outcome(self) -> Outcome:
        """Tell how the fleet stands; without a machine it is not ready."""
        standings = {judged.standing for judged in self.machines}
        if Standing.LOST in standings:
            return Outcome.LOST
        return Outcome.READY if standings == {Standing.READY} else Outcome.NOT_READY

    @property
    def reasons(self) -> tuple[str, ...]:
        """Say why the fleet is not ready, each line with its machine."""
        if not self.machines:
            return ("No machine has reported yet.",)
        missing = () if self.config else (f"{MODELS_KEY} is missing in the config bucket. `pulumi up` writes it.",)
        return missing + tuple(
            f"{one.machine.instance_id}: {reason}" for one in self.machines for reason in one.reasons
        )


def judge(
    wanted: Wanted, reports: Mapping[str, Report], now: datetime.datetime, stale_seconds: float = STALE_SECONDS
) -> Verdict:
    """Compare what is wanted with the reports, by instance id, at a moment of the clock that dated the reports.

    A report of a machine that the stack does not have counts for nothing.
    """
    judged = (_judge(machine, reports.get(machine.instance_id), wanted, now, stale_seconds) for machine in _all(wanted))
    return Verdict(wanted.config, tuple(judged))


def _all(wanted: Wanted) -> list[Machine]:
    return sorted(wanted.machines, key=lambda machine: machine.instance_id)


def _judge(
    machine: Machine, report: Report | None, wanted: Wanted, now: datetime.datetime, stale_seconds: float
) -> Judged:
    age = (now - report.written).total_seconds() if report else None
    current = report is not None and wanted.config is not None and wanted.config.is_of(report)
    return Judged(machine, report, _standing(report, age, current, stale_seconds), current, age)


def _standing(report: Report | None, age: float | None, current: bool, stale_seconds: float) -> Standing:
    if report is None or age is None:
        return Standing.SILENT
    if age > stale_seconds:
        return Standing.LOST
    return Standing.READY if report.ready and current else Standing.NOT_READY
