import os
from pathlib import Path

import pytest

from bootstrap import debian_packages, docker_daemon, docker_engine
from bootstrap.errors import SetupError
from tests.bootstrap.conftest import Tool

SILENT = "echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.' >&2; exit 1"
DENIED = "echo 'permission denied while trying to connect to the Docker daemon socket' >&2; exit 1"


@pytest.fixture
def as_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)


def test_an_engine_that_answers_is_used(tool: Tool) -> None:
    tool("docker", "echo 28.2.2")
    assert docker_engine.ensure() == "28.2.2"


@pytest.mark.usefixtures("as_user")
def test_without_an_engine_a_user_is_told_what_to_do(tool: Tool) -> None:
    tool("docker", SILENT)
    with pytest.raises(SetupError, match=r"Cannot connect .* Start it \(sudo systemctl start docker\), or install one"):
        docker_engine.ensure()


@pytest.mark.usefixtures("as_user")
def test_a_user_outside_the_docker_group_is_told_of_it(tool: Tool) -> None:
    tool("docker", DENIED)
    with pytest.raises(SetupError, match=r"sudo usermod -aG docker \$USER"):
        docker_engine.ensure()


@pytest.mark.usefixtures("as_user")
def test_without_a_docker_command_a_user_is_told_so() -> None:
    with pytest.raises(SetupError, match=r"There is no docker command\."):
        docker_engine.ensure()


def test_an_engine_named_by_docker_host_is_never_replaced(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    tool("docker", SILENT)
    monkeypatch.setenv("DOCKER_HOST", "tcp://build.example:2376")
    with pytest.raises(SetupError, match=r"DOCKER_HOST 'tcp://build\.example:2376'.*unset DOCKER_HOST"):
        docker_engine.ensure()


def test_root_without_apt_is_sent_to_the_manual(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    tool("docker", SILENT)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(debian_packages, "is_installable", lambda: False)
    with pytest.raises(SetupError, match=r"no apt-get: https://docs\.docker\.com"):
        docker_engine.ensure()


def test_only_what_is_missing_is_installed_before_the_start(
    tool: Tool,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    installed: list[str] = []
    tool("docker", f"[ -e {tmp_path}/started ] && echo 27.0.1")
    tool("dockerd", "")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(debian_packages, "install", installed.extend)
    monkeypatch.setattr(docker_daemon, "start", lambda *_: (tmp_path / "started").touch())
    assert docker_engine.ensure() == "27.0.1"
    assert installed == ["iptables", "iproute2"]


def test_an_engine_that_the_set_up_did_not_start_is_not_stopped(tool: Tool) -> None:
    tool("docker", "echo 28.2.2")
    assert docker_engine.stop_if_started() is False


def test_an_engine_with_running_containers_is_not_stopped(
    tool: Tool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tool("docker", "echo 3f2a")
    monkeypatch.setattr(docker_daemon, "recorded_pid", lambda: 4711)
    monkeypatch.setattr(docker_daemon, "stop", lambda _: pytest.fail("stopped"))
    assert docker_engine.stop_if_started() is False
    assert "containers are running" in capsys.readouterr().out
