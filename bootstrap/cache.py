"""The folder that every checkout of this user shares, and how things get into it whole or not at all."""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from bootstrap.reporting import say


def folder() -> Path:
    """Name the folder of the cache, below XDG_CACHE_HOME or ~/.cache."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "tfserving-aws"


def log_file(name: str) -> Path:
    """Name a log, whose folder exists."""
    path = folder() / "logs" / f"{name}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def program_folder(name: str, version: str) -> Path:
    """Name the folder of one version of a program."""
    return folder() / "bin" / f"{name}-{version}"


def install(target: Path, fill: Callable[[Path], None]) -> None:
    """Have a folder filled beside its final place and rename it there, over what an interrupted run left."""
    part = target.with_name(f"{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    fill(part)
    shutil.rmtree(target, ignore_errors=True)
    part.rename(target)


def link(source: Path, place: Path) -> None:
    """Make a symbolic link, in place of whatever link stands there."""
    if place.is_symlink() and place.readlink() == source:
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f"{place.name}.part")
    part.unlink(missing_ok=True)
    part.symlink_to(source)
    part.replace(place)


@contextlib.contextmanager
def lock() -> Iterator[None]:
    """Let one set-up of this user run at a time; the lock ends with its process."""
    folder().mkdir(parents=True, exist_ok=True)
    with (folder() / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another set-up is running; waiting for it.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
