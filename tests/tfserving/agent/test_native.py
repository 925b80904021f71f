"""The agent beside a server that reads S3 itself."""

from dataclasses import replace
from typing import Any

import pytest

from tests.tfserving.agent.conftest import NOW, TalkingServer, models_config, want
from tests.tfserving.stores import CONFIGS, entry, put_version
from tfserving.agent.native import NativeAgent
from tfserving.agent.settings import AgentSettings

MONITORING = b"prometheus_config { enable: true }"


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
    gate = settings.gate_file
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


def made_for(s3: Any, settings: AgentSettings, server: Any, content: bytes) -> NativeAgent:
    """Give an agent of a machine made for a monitoring.config, which lies in S3 as something else."""
    settings.root.mkdir(exist_ok=True)
    put_version(s3, "digits", 1)
    want(s3, models_config(1))
    made = replace(settings, native=True, monitoring_sha256=entry("", content).sha256)
    return NativeAgent(made, s3, server, "i-1", clock=lambda: NOW)


def put_monitoring(s3: Any, content: bytes) -> None:
    s3.put_object(Bucket=CONFIGS, Key="configs/monitoring.config", Body=content)


@pytest.mark.parametrize(
    ("content", "newest", "complaint"),
    [
        (MONITORING, None, "s3://configs-bucket/configs/monitoring.config is missing."),
        (MONITORING, b"prometheus_config { enable: false }", "has not the sha256"),
        (b"", b"", "monitoring.config:1:1: The file sets nothing"),
    ],
)
def test_the_server_waits_until_s3_has_the_boot_files_it_will_read_there(
    s3: Any, settings: AgentSettings, server: TalkingServer, content: bytes, newest: bytes | None, complaint: str
) -> None:
    agent = made_for(s3, settings, server, content)
    if newest is not None:
        put_monitoring(s3, newest)
    agent.look()
    assert not settings.gate_file.exists()
    assert complaint in "\n".join(agent.status.problems)


def test_a_boot_file_of_the_next_machine_does_not_trouble_a_server_that_has_started(
    s3: Any, settings: AgentSettings, server: TalkingServer
) -> None:
    agent = made_for(s3, settings, server, MONITORING)
    put_monitoring(s3, MONITORING)
    server.available = {("digits", 1)}
    agent.look()
    assert settings.gate_file.exists()
    put_monitoring(s3, b"prometheus_config { enable: false }")
    agent.look()
    assert agent.status.ready


def test_a_restarted_machine_does_not_let_its_server_start_on_an_old_gate(
    s3: Any, settings: AgentSettings, agent: NativeAgent
) -> None:
    settings.config_folder.mkdir(parents=True)
    (settings.config_folder / "models.config").write_text(models_config(1))
    want(s3, models_config(1))
    agent.look()
    assert not settings.gate_file.exists()
