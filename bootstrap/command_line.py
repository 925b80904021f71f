"""The command line: `python3 -m bootstrap [--check] [--only PART,...]`."""

import argparse
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bootstrap import actionlint, cache, compose_plugin, debian_packages, docker_engine, pulumi_cli
from bootstrap.errors import SetupError
from bootstrap.python_environment import PythonEnvironment
from bootstrap.reporting import say, warn

INTERRUPTED: Final = 130


@dataclass(frozen=True)
class Part:
    """One thing the project needs: how to look for it (None if it is missing), and how to get it."""

    title: str
    look: Callable[[], str | None]
    ensure: Callable[[], str]
    by_default: bool = True


def parts(environment: PythonEnvironment) -> dict[str, Part]:
    """List the parts in the order in which they are set up."""
    return {
        "python": Part(
            "Python environment",
            lambda: None if environment.problem() else str(environment.folder),
            lambda: _ensure_python(environment),
        ),
        "pulumi": Part("Pulumi CLI", _look_for_pulumi, lambda: str(pulumi_cli.ensure(environment))),
        "docker": Part("Docker engine", lambda: docker_engine.reach().version or None, docker_engine.ensure),
        "compose": Part("Compose plugin", _look_for_compose, lambda: str(compose_plugin.ensure())),
        "shellcheck": Part("shellcheck", lambda: shutil.which("shellcheck"), _ensure_shellcheck, by_default=False),
        "actionlint": Part(
            "actionlint",
            lambda: str(actionlint.find() or "") or None,
            lambda: str(actionlint.ensure(environment)),
            by_default=False,
        ),
    }


def main(arguments: Sequence[str]) -> int:
    """Run the set-up; gives the exit code."""
    known = parts(PythonEnvironment())
    options = _parse(arguments, known)
    try:
        if options.check:
            return _check([known[name] for name in options.only])
        with cache.lock():
            _set_up([known[name] for name in options.only])
    except KeyboardInterrupt:
        warn("Interrupted. The same command goes on from here.")
        return INTERRUPTED
    except SetupError as error:
        warn(f"error: {error}")
        return 1
    except OSError as error:
        warn(f"error: {error}.")
        return 1
    return 0


def _set_up(wanted: Sequence[Part]) -> None:
    for part in wanted:
        say(f"{part.title}: {part.ensure()}")


def _check(wanted: Sequence[Part]) -> int:
    found = [(part, part.look()) for part in wanted]
    for part, result in found:
        say(f"{part.title}: {result or 'missing'}")
    return 0 if all(result for _, result in found) else 1


def _parse(arguments: Sequence[str], known: dict[str, Part]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python3 -m bootstrap",
        description="Find or install what the project needs. What is already there and recent enough is used.",
    )
    parser.add_argument("--check", action="store_true", help="only say what is there; exit code 1 if something is not")
    parser.add_argument(
        "--only",
        metavar="PART,...",
        default=",".join(name for name, part in known.items() if part.by_default),
        help=f"set up these parts only: {', '.join(known)} (default: %(default)s)",
    )
    options = parser.parse_args(arguments)
    options.only = options.only.split(",")
    if unknown := [name for name in options.only if name not in known]:
        parser.error(f"--only names {unknown[0]!r}, but the parts are {', '.join(known)}.")
    return options


def _ensure_python(environment: PythonEnvironment) -> str:
    environment.ensure()
    return str(environment.folder)


def _look_for_pulumi() -> str | None:
    try:
        return str(pulumi_cli.binary())
    except SetupError:
        return None


def _look_for_compose() -> str | None:
    found = compose_plugin.find()
    return str(found) if found else None


def _ensure_shellcheck() -> str:
    if shutil.which("shellcheck") is None:
        debian_packages.ensure("shellcheck")
    return shutil.which("shellcheck") or "installed"
