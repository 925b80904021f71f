"""Build specifications of version 0.2: what of them the rehearsal runs, and what it refuses."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

PHASES: Final = ("install", "pre_build", "build", "post_build")
SHELLS: Final = ("bash", "sh")
_VERSION: Final = "0.2"
# By the place in the specification: what may stand there. The rest would have no effect here.
_TOP: Final = frozenset({"version", "env", "phases"})
_ENV: Final = frozenset({"shell", "variables"})
_PHASE: Final = frozenset({"commands"})


class BuildspecError(Exception):
    """A specification that cannot be run."""


@dataclass(frozen=True)
class Buildspec:
    """The commands of each phase, the variables they find, and the shell that runs them."""

    commands: Mapping[str, tuple[str, ...]]
    variables: Mapping[str, str]
    shell: str = "sh"


def parse(text: str) -> Buildspec:
    """Read a specification; raises BuildspecError with what is wrong."""
    spec = _mapping(_load(text), "buildspec")
    if str(spec.get("version")) != _VERSION:
        raise BuildspecError(f"Invalid buildspec version: {spec.get('version')}. Expecting: {_VERSION}")
    _demand_known(spec, _TOP, "buildspec")
    env = _mapping(spec.get("env") or {}, "env")
    _demand_known(env, _ENV, "env")
    return Buildspec(
        commands=_commands(_mapping(spec.get("phases"), "phases")),
        variables={name: _text(value) for name, value in (env.get("variables") or {}).items()},
        shell=_shell(env.get("shell", "sh")),
    )


def _load(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BuildspecError(f"YAML is malformed: {error}") from error


def _commands(phases: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    for name, phase in phases.items():
        if name not in PHASES:
            raise BuildspecError(f"Invalid buildspec phase name: {name}. Expecting: {','.join(sorted(PHASES))}")
        _demand_known(_mapping(phase, name), _PHASE, name)
    return {name: _command_list(phases.get(name, {}).get("commands", [])) for name in PHASES}


def _command_list(commands: Any) -> tuple[str, ...]:
    if not isinstance(commands, list):
        raise BuildspecError("Expected Commands to be of sequence type")
    for number, command in enumerate(commands):
        if not isinstance(command, str):
            raise BuildspecError(f"Expected Commands[{number}] to be of string type: found {type(command).__name__}")
    return tuple(commands)


def _shell(shell: str) -> str:
    if shell not in SHELLS:
        raise BuildspecError(f"Invalid shell: {shell}. Expecting: {','.join(SHELLS)}")
    return shell


def _mapping(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BuildspecError(f"Expected {where} to be of mapping type")
    return value


def _demand_known(given: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    if unknown := sorted(given.keys() - known):
        raise BuildspecError(f"The rehearsal knows no {', '.join(unknown)} in {where}")


def _text(value: Any) -> str:
    # YAML's words for numbers and truth, which shells know as texts only.
    return value if isinstance(value, str) else json.dumps(value)
