"""The agent beside a server that reads S3 itself."""

from dataclasses import replace
from typing import Any

import pytest

from tests.tfserving.agent.conftest import NOW, TalkingServer, models_config, want
from tests.tfserving.stores import put_version
from tfserving.agent.native import NativeAgent
from tfserving.agent.settings import AgentSettings


@pytest.fixture
def agent(s3: Any, server: Any, settings: AgentSettings) -> NativeAgent:
    settings.root.mkdir()
    return NativeAgent(replace(settings, native=True), s3, server, "i-1", clock=lambda: NOW)


def states(agent: NativeAgent) -> dict[int, str]:
    """Give the state of each version of the only model."""
    return {version.version: version.state for version in agent.status.models}


def test_the_server_is_held_back_until_the_store_has_what_the_config_wants(
    s3: Any, settings: AgentSettings, agent: NativeAgent
) -> None:
    gate = settings.config_folder / "models.config"
    put_version(s3, "digits", 1)
    want(s3, models_config(1, 2))
    agent.look()
    assert not gate.exists()
    assert states(agent) == {1: "on disk", 2: "failed"}
    assert any("digits/2: is not in the store" in problem for problem in agent.status.problems)
    put_version(s3, "digits", 2)
    agent.look()
    assert gate.exists()


def test_it_downloads_nothing(s3: Any, settings: AgentSettings, agent: NativeAgent) -> None:
    put_version(s3, "digits", 1)
    want(s3, models_config(1))
    agent.look()
    assert not settings.models_folder.exists()


def test_ready_means_the_server_has_every_version_under_every_label(
    s3: Any, agent: NativeAgent, server: TalkingServer
) -> None:
    put_version(s3, "digits", 1)
    want(s3, models_config(1, labels={"live": 1}))
    agent.look()
    assert not agent.status.ready
    server.available, server.labels = {("digits", 1)}, {("digits", "live"): 1}
    agent.look()
    assert agent.status.ready
    assert states(agent) == {1: "labelled"}


def test_what_the_config_wants_next_is_told_apart_from_what_the_server_has(
    s3: Any, agent: NativeAgent, server: TalkingServer
) -> None:
    put_version(s3, "digits", 1)
    want(s3, models_config(1))
    server.available = {("digits", 1)}
    agent.look()
    want(s3, models_config(1, 2))
    agent.look()
    assert states(agent) == {1: "AVAILABLE", 2: "failed"}
    put_version(s3, "digits", 2)
    agent.look()
    # The server finds it at its own next look, an hour later at most.
    assert states(agent) == {1: "AVAILABLE", 2: "offered"}


def test_what_the_boot_found_missing_is_the_first_thing_the_status_says(
    s3: Any, settings: AgentSettings, agent: NativeAgent
) -> None:
    (settings.root / "missing").write_text("avx512f\nnvidia\n")
    put_version(s3, "digits", 1)
    want(s3, models_config(1))
    agent.look()
    assert not agent.status.ready
    (problem,) = agent.status.problems
    assert problem.startswith("This machine lacks avx512f, nvidia, which the server image is built for")


def test_an_empty_list_of_what_is_missing_is_no_problem(
    s3: Any, settings: AgentSettings, agent: NativeAgent, server: TalkingServer
) -> None:
    (settings.root / "missing").write_text("")
    put_version(s3, "digits", 1)
    want(s3, models_config(1))
    server.available = {("digits", 1)}
    agent.look()
    assert agent.status.ready
