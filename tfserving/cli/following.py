"""A build on AWS, as its terminal shows it."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from tfserving.errors import TfServingError

if TYPE_CHECKING:
    from rich.status import Status

    from tfserving.images.code_build import Clients


def follow(clients: "Clients", build_id: str) -> None:
    """Show a build's log and phases on standard error until it has succeeded.

    Raises TfServingError if it ended otherwise, or if AWS cannot be asked any longer while it goes on.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    from tfserving.images import code_build

    console = Console(stderr=True)
    again = f"The build {build_id} goes on; the same command follows it again."
    try:
        with console.status("") as status:
            code_build.follow(clients, build_id, _lines(console), _phases(console, status))
    except (ClientError, BotoCoreError) as error:
        raise TfServingError(f"{error}\n{again}") from error
    except KeyboardInterrupt:
        _lines(console)(f"{again} `aws codebuild stop-build --id {build_id}` ends it.")
        raise


def _lines(console: Console) -> Callable[[str], None]:
    # Docker colours what a build says on standard error, within words too: only a terminal takes that.
    return lambda line: console.print(Text.from_ansi(line), soft_wrap=True)


def _phases(console: Console, status: "Status") -> Callable[[str], None]:
    began = time.monotonic()
    told = ""

    def show(phase: str) -> None:
        nonlocal told
        minutes = int(time.monotonic() - began) // 60
        status.update(f"{phase}, {minutes} min")
        # A log that is no terminal has no status line.
        if phase != told and not console.is_terminal:
            console.print(f"{phase}, {minutes} min", highlight=False)
        told = phase

    return show
