"""What the real server does not survive: it dies on the spot, without a status and without unloading anything."""

import logging
import os
from collections.abc import Callable
from typing import NoReturn, ParamSpec, TypeVar

log = logging.getLogger("stand_in.crash")

P = ParamSpec("P")
R = TypeVar("R")


class CrashError(Exception):
    """The real server aborts or reads out of bounds here, and so the stand-in aborts."""


def crash(error: CrashError) -> NoReturn:
    """Die of SIGABRT, which a shell shows as exit code 134."""
    log.critical("%s", error)
    os.abort()


def deadly(work: Callable[P, R]) -> Callable[P, R]:
    """Make a CrashError of the work end the process, from whichever thread it comes."""

    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return work(*args, **kwargs)
        except CrashError as error:
            crash(error)

    return run
