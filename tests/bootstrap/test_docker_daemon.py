import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bootstrap import cache, docker_daemon
from bootstrap.docker_daemon import Daemon
from bootstrap.errors import SetupError
from tests.bootstrap.conftest import Tool

# A daemon that shows by a file that it answers, and ends on SIGTERM; Linux calls a script by its file's name.
ANSWERS = 'trap "exit 0" TERM\n: > "$1"\nwhile :; do /bin/sleep 0.05; done'


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    cache.folder().mkdir(parents=True)
    return Daemon(
        arguments=(str(tmp_path / "answers"),),
        pid_file=tmp_path / "docker.pid",
        containerd_pid_file=tmp_path / "containerd.pid",
        systemd=tmp_path / "no-systemd",
    )


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    yield
    if pid := docker_daemon.recorded_pid():
        os.kill(pid, signal.SIGKILL)


def test_the_daemon_is_started_recorded_and_stopped(tool: Tool, daemon: Daemon, tmp_path: Path) -> None:
    tool("dockerd", ANSWERS)
    docker_daemon.start(daemon, (tmp_path / "answers").exists)
    pid = docker_daemon.recorded_pid()
    assert pid is not None
    assert os.getsid(pid) == pid
    assert docker_daemon.stop(daemon) is True
    assert docker_daemon.recorded_pid() is None
    assert docker_daemon.stop(daemon) is False


def test_a_daemon_that_ends_at_once_shows_its_log(tool: Tool, daemon: Daemon) -> None:
    tool("dockerd", "echo 'failed to mount overlay'; exit 1")
    with pytest.raises(SetupError, match=r"dockerd does not answer; .*dockerd\.log ends with:\n    failed to mount"):
        docker_daemon.start(daemon, lambda: False)
    assert docker_daemon.recorded_pid() is None


@pytest.mark.parametrize("pid", [os.getpid(), 2**22 + 1], ids=["another program's", "nobody's"])
def test_the_pid_file_of_a_killed_engine_is_removed(
    daemon: Daemon,
    pid: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    daemon.pid_file.write_text(f"{pid}\n")
    docker_daemon.remove_foreign_pid_file(daemon.pid_file, "dockerd")
    assert not daemon.pid_file.exists()
    assert "was left by an engine that is gone" in capsys.readouterr().out


def test_a_killed_engine_does_not_keep_the_next_one_from_starting(tool: Tool, daemon: Daemon, tmp_path: Path) -> None:
    daemon.pid_file.write_text(str(os.getpid()))
    daemon.containerd_pid_file.write_text(str(os.getpid()))
    tool("dockerd", f"[ -e {daemon.pid_file} ] && exit 1\n{ANSWERS}")
    docker_daemon.start(daemon, (tmp_path / "answers").exists)
    assert docker_daemon.recorded_pid() is not None
    assert not daemon.containerd_pid_file.exists()


def test_a_running_but_silent_engine_is_named_and_left_alone(
    daemon: Daemon,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(docker_daemon, "_program", lambda pid: "dockerd" if pid == 4711 else "")
    monkeypatch.setattr(docker_daemon, "START_SECONDS", 0)
    daemon.pid_file.write_text("4711")
    with pytest.raises(SetupError, match="runs as process 4711 but does not answer"):
        docker_daemon.start(daemon, lambda: False)
    assert daemon.pid_file.read_text() == "4711"


@pytest.mark.parametrize("record", ["", "{}", "[]", '{"pid": "x", "began": "1"}'])
def test_a_damaged_record_counts_as_none(daemon: Daemon, record: str) -> None:
    (cache.folder() / "dockerd.json").write_text(record)
    assert docker_daemon.recorded_pid() is None


def test_a_process_id_that_another_process_got_is_never_stopped(daemon: Daemon) -> None:
    (cache.folder() / "dockerd.json").write_text(json.dumps({"pid": os.getpid(), "began": "1"}))
    assert docker_daemon.recorded_pid() is None
    assert docker_daemon.stop(daemon) is False


def test_with_systemd_its_unit_is_started(tool: Tool, daemon: Daemon, tmp_path: Path) -> None:
    daemon.systemd.mkdir()
    tool("systemctl", f'echo "$*" > {tmp_path}/systemctl')
    docker_daemon.start(daemon, lambda: True)
    assert (tmp_path / "systemctl").read_text() == "start docker\n"
