"""The rehearsal's command line: `python -m local up` and `down`."""

import contextlib
import os
import sys
from collections.abc import Callable
from typing import Annotated, Final

import typer
from rich.console import Console

from bootstrap import docker_engine
from bootstrap.errors import SetupError
from local.cloud import Ports
from local.folders import PROJECT, STATE
from local.rehearsal import Rehearsal
from local.report import show
from local.steps import Steps
from tfserving.errors import TfServingError

INTERRUPTED: Final = 130
console = Console()
app = typer.Typer(
    help="An AWS on this machine: the real program, the real engine, a machine booted from the real user-data.",
    no_args_is_help=True,
    add_completion=False,
)


StackName = Annotated[
    str, typer.Option("--stack", help="The stack, whose Pulumi.<stack>.yaml and configs/<stack>/ count.")
]


@app.command()
def up(stack: StackName = "local") -> None:
    """Bring the stack up, boot its machine, publish the versions it wants and predict with them.

    Ports on loopback are 8500 (gRPC), 8501 (REST) and 8502 (agent); LOCAL_GRPC_PORT, LOCAL_REST_PORT and
    LOCAL_AGENT_PORT change them. LOCAL_SERVER_IMAGE names a real tensorflow/serving image to use in place of the
    stand-in server.
    """
    sys.exit(told_plainly(lambda: _up(stack)))


@app.command()
def down(stack: StackName = "local") -> None:
    """Destroy the stack through the engine, then remove every container, volume, network and file of the rehearsal."""
    sys.exit(told_plainly(lambda: _down(stack)))


def _up(stack: str) -> None:
    rehearsal = operators_rehearsal(stack)
    show(rehearsal, rehearsal.up(), console)


def _down(stack: str) -> None:
    operators_rehearsal(stack).down()
    with contextlib.suppress(OSError):  # not there, or another rehearsal's folder is in it
        STATE.rmdir()
    docker_engine.stop_if_started()


def operators_rehearsal(stack: str = "local") -> Rehearsal:
    """Give the rehearsal that `make local` brings up, of a stack of the project.

    Raises TfServingError if there is no such stack.
    """
    settings = PROJECT / f"Pulumi.{stack}.yaml"
    if not settings.is_file():
        raise TfServingError(f"There is no {settings.name}. Name a stack of this project, such as 'local'.")
    return Rehearsal(stack, STATE / stack, _ports(), Steps(console), settings=settings)


def _ports() -> Ports:
    return Ports(
        grpc=_port("LOCAL_GRPC_PORT", Ports.grpc),
        rest=_port("LOCAL_REST_PORT", Ports.rest),
        agent=_port("LOCAL_AGENT_PORT", Ports.agent),
    )


def _port(variable: str, default: int) -> int:
    text = os.environ.get(variable, str(default))
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise TfServingError(f"{variable} is {text!r}, but a port is a number from 1 to 65535.")
    return int(text)


def told_plainly(run: Callable[[], object]) -> int:
    """Run something and give its exit code: mistakes end in one message, Ctrl-C in a word on how to go on."""
    try:
        run()
    except (TfServingError, SetupError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted. `make local` goes on from here, `make local-down` removes everything.", file=sys.stderr)
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    app()
