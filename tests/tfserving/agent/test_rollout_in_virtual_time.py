"""The agent and the server's core together, through minutes of loads that take no real seconds."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

import pytest

from local.stand_in.simulated_server import Flags, Outcome, SimulatedServer
from local.stand_in.status import Code, StatusError
from local.stand_in.virtual_time import VirtualTime
from tests.tfserving.agent.conftest import models_config, want
from tests.tfserving.stores import put_version
from tfserving.agent.agent import Agent
from tfserving.agent.rollout import ServerState, Version
from tfserving.agent.settings import AgentSettings
from tfserving.protos.server_config_pb2 import ModelServerConfig

LOOK_SECONDS = 15
LOAD_SECONDS = 40


class Machine:
    """An agent that looks every 15 seconds, and beside it a server that is started once there is a config."""

    def __init__(self, settings: AgentSettings) -> None:
        self.settings = replace(settings, server_models=str(settings.models_folder))
        self.time = VirtualTime()
        self.outcomes: dict[Version, Outcome] = {}
        flags = Flags(max_num_load_retries=0, allow_version_labels_for_unavailable_models=True)
        self.config_file = settings.config_folder / "models.config"
        self.server = SimulatedServer(self.time, self.config_file, self._outcome, flags)

    def run(self, agent: Agent) -> None:
        """Let the agent look, and keep the server up as a restart policy does."""
        self.time.every(LOOK_SECONDS, agent.look, while_=lambda: True)
        self.time.every(1, self._keep_up, while_=lambda: True)

    def reload(self, config: ModelServerConfig) -> None:
        """Leave it to the file, which says the same."""

    def observe(self, models: Collection[str], labels: Collection[tuple[str, str]]) -> ServerState:
        """Answer the agent as the server's gRPC API does."""
        states: dict[Version, str] = {}
        errors: dict[Version, str] = {}
        leads: dict[tuple[str, str], int] = {}
        for model in models:
            try:
                events = self.server.states(model)
            except StatusError as error:
                if error.code is Code.UNAVAILABLE:
                    return ServerState()
                continue
            states |= {(model, version): event.state.name for version, event in events.items()}
            errors |= {(model, version): event.error.message for version, event in events.items() if event.error}
        for model, label in labels:
            try:
                leads[model, label] = self.server.version_of(model, label)
            except StatusError:
                continue
        return ServerState(True, states, errors, leads)

    def _outcome(self, name: str, version: int) -> Outcome:
        return self.outcomes.get((name, version), Outcome(seconds=LOAD_SECONDS))

    def _keep_up(self) -> None:
        if not self.server.running and self.config_file.exists():
            self.server.start()


@pytest.fixture
def machine(settings: AgentSettings) -> Machine:
    return Machine(settings)


@pytest.fixture
def server(machine: Machine) -> Machine:
    """What `make_agent` lets the agent ask."""
    return machine


def test_a_version_goes_live_while_the_old_one_serves_and_survives_a_crash(
    s3: Any, machine: Machine, make_agent: Callable[[AgentSettings], Agent]
) -> None:
    put_version(s3, "digits", 1)
    want(s3, models_config(1, labels={"live": 1}))
    agent = make_agent(machine.settings)
    machine.run(agent)
    machine.time.advance(LOAD_SECONDS + LOOK_SECONDS)
    assert agent.status.ready

    put_version(s3, "digits", 2)
    want(s3, models_config(1, 2, labels={"live": 1}))
    for _ in range(8):
        machine.time.advance(10)
        assert machine.server.version_of("digits", "live") == 1
    assert set(machine.server.available("digits")) == {1, 2}

    want(s3, models_config(2, labels={"live": 2}))
    machine.time.advance(3 * LOOK_SECONDS)
    assert machine.server.version_of("digits", "live") == 2
    assert agent.status.ready

    machine.server.crash()
    machine.time.advance(LOAD_SECONDS / 2)
    assert not agent.status.ready
    machine.time.advance(LOAD_SECONDS + LOOK_SECONDS)
    assert agent.status.ready
    assert machine.server.version_of("digits", "live") == 2


def test_a_version_that_fails_at_its_warm_up_is_reported_and_the_old_one_serves_on(
    s3: Any, machine: Machine, make_agent: Callable[[AgentSettings], Agent]
) -> None:
    put_version(s3, "digits", 1)
    want(s3, models_config(1, labels={"live": 1}))
    agent = make_agent(machine.settings)
    machine.run(agent)
    machine.time.advance(LOAD_SECONDS + LOOK_SECONDS)
    put_version(s3, "digits", 2)
    machine.outcomes["digits", 2] = Outcome("fails at warm-up", LOAD_SECONDS)
    want(s3, models_config(1, 2, labels={"live": 1}))
    machine.time.advance(LOAD_SECONDS + 4 * LOOK_SECONDS)
    assert [(version.version, version.state) for version in agent.status.models] == [(1, "labelled"), (2, "failed")]
    assert "warm-up request fails" in agent.status.problems[0]
    assert machine.server.version_of("digits", "live") == 1
