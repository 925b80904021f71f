"""Brings a rehearsal up in a process of its own, which the tests interrupt: `python -m ... FOLDER GRPC REST AGENT`."""

import signal
import sys
from pathlib import Path

from rich.console import Console

from local.__main__ import told_plainly
from local.cloud import Ports
from local.rehearsal import Rehearsal
from local.steps import Steps

NAME = "check"


def rehearsal_in(folder: Path, ports: Ports, console: Console, name: str = NAME) -> Rehearsal:
    """Give the rehearsal of the program that was copied into a folder."""
    return Rehearsal(
        name,
        folder / "state",
        ports,
        Steps(console),
        program=folder / "program/__main__.py",
        settings=folder / f"program/Pulumi.{name}.yaml",
    )


if __name__ == "__main__":
    # What a shell without job control starts in the background ignores Ctrl-C, and so would all that it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    ports = Ports(*(int(port) for port in sys.argv[2:5]))
    rehearsal = rehearsal_in(Path(sys.argv[1]), ports, Console(width=200))
    sys.exit(told_plainly(rehearsal.up))
