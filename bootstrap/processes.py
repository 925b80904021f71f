"""Runs other programs, quickly for an answer or at length with a log."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from bootstrap.errors import SetupError
from bootstrap.reporting import Heartbeat

LAST_LINES: Final = 8


def answer(command: Sequence[str | Path], timeout: float = 10) -> tuple[int, str]:
    """Run a program and give its exit code and its output; 127 if it is not there, 124 if it does not end in time."""
    try:
        result = subprocess.run(  # an answer is wanted, whatever the exit code
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout, check=False
        )
    except OSError as error:
        return 127, str(error)
    except subprocess.TimeoutExpired:
        return 124, f"{command[0]} did not answer within {timeout:.0f} s."
    return result.returncode, result.stdout.strip()


def run(
    doing: str,
    command: Sequence[str | Path],
    log: Path,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run a program with its output in a log and a sign of life every ten seconds.

    Raises SetupError with the end of the log when it fails or is not there.
    """
    try:
        with log.open("a") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env={**os.environ, **(environment or {})},
            )
    except OSError as error:
        raise SetupError(f"{command[0]} cannot be run: {error}.") from error
    if code := _wait(process, Heartbeat(doing)):
        raise SetupError(f"{command[0]} failed with exit code {code} while {doing}; {log} ends with:\n{tail(log)}")


def tail(log: Path) -> str:
    """Give the last lines of a log, indented."""
    return "\n".join(f"    {line}" for line in log.read_text(errors="replace").splitlines()[-LAST_LINES:])


def _wait(process: subprocess.Popen[bytes], heartbeat: Heartbeat) -> int:
    try:
        while True:
            try:
                return process.wait(timeout=1)
            except subprocess.TimeoutExpired:
                heartbeat.beat()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
