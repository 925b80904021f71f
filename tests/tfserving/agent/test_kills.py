"""kill -9 before every single thing the agent does to the disk: found by counting, not by hand."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.tfserving.agent.simulation import Machine, Wanted, config_text

CHANGES: Final = ("rename", "replace", "mkdir", "rmdir", "unlink", "fsync", "fchmod", "utime", "open")
OLD: Wanted = {"a": ((1,), {"live": 1})}
NEW: Wanted = {"a": ((2,), {"live": 2}), "b": ((1,), {})}


class Killed(BaseException):
    """The process is gone."""


class Executioner:
    """Kills the agent before its n-th change of the disk."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.left = 0
        for name in CHANGES:
            patch.setattr(os, name, self._counting(getattr(os, name)))

    def _counting(self, real: Any) -> Any:
        def change(*arguments: Any, **options: Any) -> Any:
            self.left -= 1
            if self.left == 0:
                raise Killed
            return real(*arguments, **options)

        return change


@pytest.fixture
def executioner() -> Iterator[Executioner]:
    with pytest.MonkeyPatch.context() as patch:
        yield Executioner(patch)


def rolled_out(root: Path, executioner: Executioner, before: Wanted | None, kill_at: int) -> bool:
    """Roll out NEW from a state, be killed on the way, start again; gives whether there was anybody to kill."""
    machine = Machine(root)
    executioner.left = 0
    if before:
        machine.store.want(config_text(before))
        assert machine.until_ready(60)
    machine.store.want(config_text(NEW))
    executioner.left = kill_at
    killed = False
    for _ in range(60):
        serving = machine.server.labels(["live"])
        try:
            machine.tick()
        except Killed:
            killed = True
            machine.restart_agent()
        # Whatever has been cut off, the label that answered still does.
        assert set(serving) <= {label for label, version in machine.server.labels(["live"]).items() if version}
    assert machine.agent.status.ready, machine.agent.status.problems
    assert machine.server.serves() == {("a", 2), ("b", 1)}
    assert machine.server.labels(["live"]) == {("a", "live"): 2}
    folders = sorted(path.relative_to(machine.settings.models_folder).as_posix() for path in _folders(machine))
    assert folders == ["a/2", "b/1"]
    return killed


def _folders(machine: Machine) -> Iterator[Path]:
    return machine.settings.models_folder.glob("*/*")


@pytest.mark.slow
@pytest.mark.parametrize("before", [None, OLD], ids=["the first state", "a rollout"])
def test_an_agent_that_is_killed_at_any_step_ends_where_it_shall(
    tmp_path: Path, executioner: Executioner, before: Wanted | None
) -> None:
    kills = 1
    while rolled_out(tmp_path / str(kills), executioner, before, kills):
        kills += 1
    # Downloads, configs, proofs and removals: should these few be all, nothing has been counted.
    assert kills > 40
