"""Thousands of lives of one machine: configs and faults in any order, and what must hold in each."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.tfserving.agent.simulation import MODELS, Machine, Wanted, config_text
from tfserving.agent.rollout import Version

LABELS = ("live", "test")
VERSIONS = st.sampled_from([(model, version) for model in MODELS for version in range(1, 5)])
# Longer than any pause between two tries, and than a silent server is waited for.
LONG = 3000


@st.composite
def wanted_configs(draw: st.DrawFn) -> Wanted:
    """Draw models with versions and labels on them."""
    wanted = {}
    for model in draw(st.lists(st.sampled_from(MODELS), min_size=1, max_size=2, unique=True)):
        versions = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3, unique=True))
        labels = draw(st.dictionaries(st.sampled_from(LABELS), st.sampled_from(versions), max_size=2))
        wanted[model] = (tuple(versions), labels)
    return wanted


class Life(RuleBasedStateMachine):
    """Configs change, versions are broken and mended, S3 and the server come and go, the agent is killed."""

    def __init__(self) -> None:
        super().__init__()
        self.machine = Machine(Path(tempfile.mkdtemp()))
        self.wanted: Wanted = {}
        self.served: set[Version] = set()
        self.crashed = False

    def teardown(self) -> None:
        self.machine.remove()

    @initialize(wanted=wanted_configs())
    def begin(self, wanted: Wanted) -> None:
        self.want(wanted)

    @rule(wanted=wanted_configs())
    def want(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.machine.store.want(config_text(wanted))

    @rule(text=st.sampled_from(["model_config_list {", "nonsense", "", "model_config_list {}"]))
    def want_nonsense(self, text: str) -> None:
        self.machine.store.want(text)

    @rule(version=VERSIONS)
    def break_version(self, version: Version) -> None:
        self.machine.server.broken.add(f"{version[0]}:{version[1]}")

    @rule(version=VERSIONS)
    def mend_version(self, version: Version) -> None:
        self.machine.server.broken.discard(f"{version[0]}:{version[1]}")

    @rule(version=VERSIONS, fault=st.sampled_from(["damaged", "absent"]), there=st.booleans())
    def spoil_the_store(self, version: Version, fault: str, there: bool) -> None:
        faulty = getattr(self.machine.store, fault)
        faulty.discard(version) if there else faulty.add(version)

    @rule(down=st.booleans())
    def cut_off_s3(self, down: bool) -> None:
        self.machine.store.down = down

    @rule()
    def crash_the_server(self) -> None:
        self.machine.server.crash()
        self.crashed = True

    @rule()
    def kill_the_agent(self) -> None:
        self.machine.restart_agent()

    @rule(seconds=st.sampled_from([1, 2, 5, 20, 90]))
    def wait(self, seconds: int) -> None:
        for _ in range(seconds):
            before = self.machine.server.serves()
            self.machine.tick()
            self.check_service(before)

    def check_service(self, before: set[Version]) -> None:
        """Nothing that served and is still wanted may stop serving while the server lives."""
        after = self.machine.server.serves()
        wanted = {(model, version) for model, (versions, _) in self.wanted.items() for version in versions}
        if not self.crashed and self.machine.server.world is not None:
            assert before & wanted <= after
        self.crashed = self.machine.server.world is None

    @invariant()
    def no_label_leads_to_what_does_not_answer(self) -> None:
        assert None not in self.machine.server.labels(LABELS).values()

    @invariant()
    def there_is_a_reason_whenever_the_machine_is_not_ready(self) -> None:
        status = self.machine.agent.status
        assert status.ready != bool(status.problems)

    @rule()
    def end_every_fault(self) -> None:
        """Once faults stop, the machine comes to what is wanted."""
        machine = self.machine
        machine.server.broken.clear()
        machine.store.down = False
        machine.store.damaged.clear()
        machine.store.absent.clear()
        self.want(self.wanted)
        assert machine.until_ready(LONG), machine.agent.status.problems
        assert machine.server.serves() >= {(m, v) for m, (versions, _) in self.wanted.items() for v in versions}
        assert machine.server.labels(LABELS) == _labels(self.wanted)
        machine.tick(60)
        assert machine.server.serves() == {(m, v) for m, (versions, _) in self.wanted.items() for v in versions}
        on_disk = {path.relative_to(machine.settings.models_folder).parts for path in _versions(machine)}
        assert on_disk == {(m, str(v)) for m, (versions, _) in self.wanted.items() for v in versions}


def _labels(wanted: Wanted) -> Mapping[tuple[str, str], int]:
    return {(model, label): v for model, (_, labels) in wanted.items() for label, v in labels.items()}


def _versions(machine: Machine) -> list[Path]:
    return [path for path in machine.settings.models_folder.glob("*/*") if path.is_dir()]


def test_no_sequence_of_configs_and_faults_takes_away_what_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    # Nothing here is switched off, and waiting for the disk would be most of the test.
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=int(os.environ.get("LIVES", "60")),
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
