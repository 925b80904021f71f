"""When the agent looks, and when it reports."""

from pathlib import Path
from typing import Any

import pytest

from tfserving.agent.__main__ import Loop
from tfserving.agent.settings import AgentSettings
from tfserving.agent.status import Status

SETTINGS = AgentSettings(region="r", models_bucket="m", config_bucket="c", poll_seconds=10, root=Path("/nowhere"))


class Over(Exception):
    """The test has seen enough."""


class Clock:
    """Time that passes only by sleeping, up to a limit."""

    def __init__(self, limit: float) -> None:
        self.now = 0.0
        self._limit = limit

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.now >= self._limit:
            raise Over


class Recorder:
    """Stands for the agent: notes when it is called."""

    def __init__(self, clock: Clock, *, ready: bool, writes: bool = True) -> None:
        self._clock = clock
        self._writes = writes
        self.status = Status("i-1", ready=ready)
        self.calls: list[tuple[str, float]] = []

    def look(self) -> None:
        self.calls.append(("look", self._clock.now))

    def observe(self) -> None:
        self.calls.append(("observe", self._clock.now))

    def write_status(self) -> bool:
        self.calls.append(("write", self._clock.now))
        return self._writes

    def times(self, call: str) -> list[float]:
        return [when for name, when in self.calls if name == call]


def run(limit: float, **options: Any) -> Recorder:
    """Run the loop for a time."""
    clock = Clock(limit)
    recorder = Recorder(clock, **options)
    with pytest.raises(Over):
        Loop(recorder, SETTINGS, clock).run()  # type: ignore[arg-type]
    return recorder


def test_a_ready_machine_looks_at_its_period_and_asks_its_server_now_and_then() -> None:
    recorder = run(35, ready=True)
    assert recorder.times("look") == [0, 10, 20, 30]
    assert recorder.times("observe") == [5, 10, 15, 20, 25, 30]


def test_a_machine_that_is_not_ready_asks_its_server_twice_a_second_but_s3_at_its_period() -> None:
    recorder = run(12, ready=False)
    assert recorder.times("look") == [0, 10]
    assert recorder.times("observe") == [half / 2 for half in range(1, 24)]


def test_an_unchanged_status_is_written_once_a_minute() -> None:
    assert run(125, ready=True).times("write") == [0, 60, 120]


def test_a_status_that_could_not_be_written_is_written_again() -> None:
    assert run(22, ready=False, writes=False).times("write") == [0, 5, 10, 15, 20]
