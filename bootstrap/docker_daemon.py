"""The Docker daemon as a process: started by systemd or by hand, and stopped again if it was by hand."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bootstrap import cache, processes
from bootstrap.errors import SetupError
from bootstrap.reporting import Heartbeat, say

START_SECONDS: Final = 60
STOP_SECONDS: Final = 30
SYSTEMD: Final = Path("/run/systemd/system")
PROC: Final = Path("/proc")


@dataclass(frozen=True)
class Daemon:
    """The daemon's arguments and the files in which it and its containerd leave their process ids."""

    arguments: tuple[str, ...] = ()
    pid_file: Path = Path("/var/run/docker.pid")
    containerd_pid_file: Path = Path("/var/run/docker/containerd/containerd.pid")
    systemd: Path = SYSTEMD


def start(daemon: Daemon, answers: Callable[[], bool]) -> None:
    """Start the daemon and wait until it answers; raises SetupError with the end of its log if it does not."""
    if daemon.systemd.is_dir():
        processes.run("starting docker", ["systemctl", "start", "docker"], cache.log_file("systemctl"))
        _wait(answers, lambda: True, "docker.service was started but does not answer: journalctl -u docker.")
        return
    if pid := _live_pid(daemon.pid_file, "dockerd"):
        message = f"A dockerd runs as process {pid} but does not answer. Look at its log, or stop it: kill {pid}."
        _wait(answers, lambda: _program(pid) == "dockerd", message)
        return
    remove_foreign_pid_file(daemon.pid_file, "dockerd")
    remove_foreign_pid_file(daemon.containerd_pid_file, "containerd")
    _start_by_hand(daemon, answers)


def stop(daemon: Daemon) -> bool:
    """Stop the recorded daemon, if its process is still the same; tells whether it was stopped."""
    pid = recorded_pid()
    if pid is None:
        return False
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while recorded_pid() is not None:
        if time.monotonic() > deadline:
            raise SetupError(f"The Docker engine (process {pid}) did not stop within {STOP_SECONDS} s.")
        time.sleep(0.1)
    _record_file().unlink(missing_ok=True)
    remove_foreign_pid_file(daemon.pid_file, "dockerd")
    say("Stopped the Docker engine that the set-up had started.")
    return True


def recorded_pid() -> int | None:
    """Give the process id of the daemon that was started by hand; None if it is gone or the id is another's by now."""
    try:
        record = json.loads(_record_file().read_text())
        pid, began = int(record["pid"]), record["began"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return pid if _program(pid) == "dockerd" and _began(pid) == began else None


def remove_foreign_pid_file(file: Path, program: str) -> None:
    """Remove a process id that a killed daemon left and that is dead or another program's by now.

    The daemon refuses to start as long as its file names any live process (moby/moby, pkg/pidfile).
    """
    if file.exists() and _live_pid(file, program) is None:
        say(f"  {file} was left by an engine that is gone; removed.")
        file.unlink(missing_ok=True)


def _start_by_hand(daemon: Daemon, answers: Callable[[], bool]) -> None:
    program = shutil.which("dockerd") or shutil.which("dockerd", path="/usr/sbin:/usr/local/sbin:/sbin")
    if program is None:
        raise SetupError("There is no dockerd on PATH.")
    log = cache.log_file("dockerd")
    with log.open("a") as output:
        # A session of its own: neither Ctrl-C nor the end of the terminal reaches the engine.
        process = subprocess.Popen(
            [program, *daemon.arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd="/",
        )
    _record(process.pid)
    say(f"  dockerd is process {process.pid}, its log {log}")
    try:
        _wait(answers, lambda: process.poll() is None, f"dockerd does not answer; {log} ends with:", log)
    except BaseException:  # also after Ctrl-C nothing half-started stays
        process.terminate()
        process.wait()
        _record_file().unlink(missing_ok=True)
        raise
    # It outlives this process on purpose; without this Python would warn that it still runs.
    process.returncode = 0


def _wait(answers: Callable[[], bool], lives: Callable[[], bool], message: str, log: Path | None = None) -> None:
    heartbeat = Heartbeat("waiting for the Docker engine")
    deadline = time.monotonic() + START_SECONDS
    while not answers():
        if not lives() or time.monotonic() > deadline:
            raise SetupError(f"{message}\n{processes.tail(log)}" if log else message)
        heartbeat.beat()
        time.sleep(0.2)


def _live_pid(file: Path, program: str) -> int | None:
    try:
        pid = int(file.read_text())
    except (OSError, ValueError):
        return None
    return pid if _program(pid) == program else None


def _program(pid: int) -> str:
    try:
        fields = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return ""
    # A zombie is dead to everybody but its parent.
    state = fields.rpartition(")")[2].split()[0]
    return "" if state == "Z" else fields.partition("(")[2].rpartition(")")[0]


def _began(pid: int) -> str:
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def _record(pid: int) -> None:
    _record_file().write_text(json.dumps({"pid": pid, "began": _began(pid)}))


def _record_file() -> Path:
    return cache.folder() / "dockerd.json"
