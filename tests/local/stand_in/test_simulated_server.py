from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.stand_in.simulated_server import Flags, Outcome, SimulatedServer
from local.stand_in.status import Code, StatusError
from local.stand_in.virtual_time import VirtualTime

POLL = 15
PROMPT = Flags(max_num_load_retries=0)
LENIENT = Flags(max_num_load_retries=0, allow_version_labels_for_unavailable_models=True)


class Machine:
    """A server with its disk; loads take a minute unless the test says what they come to."""

    def __init__(self, folder: Path, flags: Flags = PROMPT) -> None:
        self.folder = folder
        self.time = VirtualTime()
        self.outcomes: dict[tuple[str, int], Outcome] = {}
        self.config_file = folder / "models.config"
        self.server = SimulatedServer(self.time, self.config_file, self._outcome, flags)

    def _outcome(self, name: str, version: int) -> Outcome:
        return self.outcomes.get((name, version), Outcome(seconds=60))

    def put(self, name: str, *versions: int) -> None:
        for version in versions:
            (self.folder / name / str(version)).mkdir(parents=True)

    def offer(self, *entries: str) -> None:
        self.config_file.write_text(f"model_config_list {{ {' '.join(entries)} }}")

    def entry(self, name: str, *versions: int, **labels: int) -> str:
        listed = " ".join(f"versions: {version}" for version in versions)
        placed = " ".join(f'version_labels {{ key: "{label}" value: {number} }}' for label, number in labels.items())
        return (
            f'config {{ name: "{name}" base_path: "{self.folder / name}" model_platform: "tensorflow" '
            f"model_version_policy {{ specific {{ {listed} }} }} {placed} }}"
        )

    def until(self, states: dict[int, str]) -> None:
        for _ in range(1000):
            if self.states() == states:
                return
            self.time.advance(0.1)
        raise AssertionError(f"The states are still {self.states()}.")

    def states(self, name: str = "m") -> dict[int, str]:
        return {version: event.state.name for version, event in self.server.states(name).items()}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    made.put("m", 1, 2)
    made.offer(made.entry("m", 1))
    made.server.start()
    return made


def test_ports_open_once_every_model_has_loaded(machine: Machine) -> None:
    machine.time.advance(50)
    assert (machine.server.running, machine.server.listening) == (True, False)
    with pytest.raises(StatusError) as refused:
        machine.server.states("m")
    assert refused.value.code is Code.UNAVAILABLE
    machine.time.advance(20)
    assert machine.states() == {1: "AVAILABLE"}


def test_a_config_is_taken_up_at_the_next_poll_and_an_unload_takes_two_seconds(machine: Machine) -> None:
    machine.time.advance(70)
    machine.offer(machine.entry("m", 2))
    machine.time.advance(POLL)
    assert machine.states() == {2: "LOADING", 1: "AVAILABLE"}
    machine.until({2: "AVAILABLE", 1: "UNLOADING"})
    machine.time.advance(1)
    assert machine.states()[1] == "UNLOADING"
    machine.time.advance(1)
    assert machine.states()[1] == "END"


@pytest.mark.parametrize(
    ("outcome", "message"), [("fails", "Could not find SavedModel"), ("fails at warm-up", "warm-up request fails")]
)
def test_a_version_that_fails_ends_with_its_error_and_the_old_serves_on(
    machine: Machine, outcome: str, message: str
) -> None:
    machine.outcomes["m", 2] = Outcome("fails", 5) if outcome == "fails" else Outcome("fails at warm-up", 5)
    machine.time.advance(70)
    machine.offer(machine.entry("m", 1, 2))
    machine.time.advance(2 * POLL)
    assert machine.states() == {2: "END", 1: "AVAILABLE"}
    error = machine.server.states("m")[2].error
    assert error is not None
    assert message in error.message


def test_a_failed_boot_exits_after_its_retries(tmp_path: Path) -> None:
    machine = Machine(tmp_path, Flags(max_num_load_retries=2))
    machine.put("m", 1)
    machine.offer(machine.entry("m", 1))
    machine.outcomes["m", 1] = Outcome("fails", 1)
    machine.server.start()
    machine.time.advance(60)
    assert machine.server.running
    machine.time.advance(70)
    assert (machine.server.running, machine.server.exit_code) == (False, 255)
    assert machine.server.log.count("m/1 fails") == 3


def test_a_crash_loses_everything_and_a_restart_loads_anew(machine: Machine) -> None:
    machine.time.advance(70)
    machine.server.crash()
    machine.time.advance(1000)
    assert (machine.server.running, machine.server.log.count("m/1 loads")) == (False, 1)
    machine.server.start()
    machine.time.advance(70)
    assert machine.server.log.count("m/1 loads") == 2
    assert machine.server.available("m") == [1]


def test_a_crash_while_loading_leaves_nothing_behind(machine: Machine) -> None:
    machine.time.advance(30)
    machine.server.crash()
    machine.time.advance(1000)
    assert machine.server.log == []
    machine.server.start()
    machine.time.advance(70)
    assert machine.server.log[0] == "m/1 loads"


def test_a_new_model_without_a_folder_stops_every_later_config_until_it_comes(machine: Machine) -> None:
    machine.time.advance(70)
    machine.offer(machine.entry("m", 1), machine.entry("late", 1))
    machine.time.advance(POLL)
    machine.offer(machine.entry("m", 1, 2))
    machine.time.advance(3000)
    assert machine.states() == {1: "AVAILABLE"}
    machine.put("late", 1)
    machine.time.advance(200)
    assert machine.states() == {2: "AVAILABLE", 1: "AVAILABLE"}


def test_a_label_moves_only_to_a_version_that_is_available(tmp_path: Path) -> None:
    machine = Machine(tmp_path, LENIENT)
    machine.put("m", 1, 2)
    machine.offer(machine.entry("m", 1, live=1))
    machine.server.start()
    machine.time.advance(70)
    machine.offer(machine.entry("m", 1, 2, live=2))
    machine.time.advance(1000)
    assert machine.states() == {1: "AVAILABLE"}
    assert any("Request to assign label to version 2 of model m" in line for line in machine.server.log)
    machine.offer(machine.entry("m", 1, 2, live=1))
    machine.time.advance(100)
    machine.offer(machine.entry("m", 2, live=2))
    machine.time.advance(20)
    assert machine.server.version_of("m", "live") == 2


def test_half_a_config_is_refused(machine: Machine) -> None:
    machine.time.advance(70)
    machine.config_file.write_text("model_config_list {")
    machine.time.advance(POLL)
    assert machine.states() == {1: "AVAILABLE"}
    assert "Invalid protobuf file" in machine.server.log[-1]


@pytest.mark.parametrize(("text", "code"), [("model_config_list {", 255), ("custom_model_config {}", 134)])
def test_a_config_that_nothing_boots_with_ends_the_server(machine: Machine, text: str, code: int) -> None:
    machine.server.crash()
    machine.config_file.write_text(text)
    machine.server.start()
    machine.time.advance(1)
    assert (machine.server.running, machine.server.exit_code) == (False, code)


def test_without_polls_nothing_is_taken_up_after_the_boot(tmp_path: Path) -> None:
    machine = Machine(tmp_path, Flags(model_config_file_poll_wait_seconds=0, file_system_poll_wait_seconds=0))
    machine.put("m", 1, 2)
    machine.offer(machine.entry("m", 1))
    machine.server.start()
    machine.time.advance(70)
    machine.offer(machine.entry("m", 2))
    machine.time.advance(1000)
    assert machine.states() == {1: "AVAILABLE"}


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("offer"), st.sets(st.integers(1, 3), min_size=1)),
        st.tuples(st.just("restart"), st.just(frozenset[int]())),
        st.tuples(st.just("wait"), st.just(frozenset[int]())),
    ),
    max_size=8,
)


@settings(max_examples=25, deadline=None)
@given(steps=STEPS)
def test_whatever_happened_the_last_config_is_served_in_the_end(
    steps: list[tuple[str, frozenset[int]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    machine = Machine(tmp_path_factory.mktemp("machine"))
    machine.put("m", 1, 2, 3)
    wanted: frozenset[int] = frozenset({1})
    machine.offer(machine.entry("m", *wanted))
    machine.server.start()
    for step, versions in steps:
        if step == "offer":
            wanted = versions
            machine.offer(machine.entry("m", *wanted))
        elif step == "restart":
            machine.server.crash()
            machine.server.start()
        machine.time.advance(7)
    machine.time.advance(1000)
    assert set(machine.server.available("m")) == wanted
