"""Pulumi.<stack>.yaml, read as Pulumi reads it, each value with its place.

Pulumi's YAML is Go's: 'yes' is text, 010 is eight, and a date has a time. PyYAML's loader would say otherwise.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from tfserving.errors import Problem

_NULL: Final = re.compile(r"|~|null|Null|NULL")
_BOOLEAN: Final = re.compile(r"true|True|TRUE|false|False|FALSE")
_INTEGER: Final = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|[0-9][0-9_]*)")
_OCTAL: Final = re.compile(r"(?P<sign>[-+]?)0(?P<digits>[0-7_]+)")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LONGEST_NUMBER: Final = 400
_MOST_VALUES: Final = 100_000
SECRET: Final = "secure"  # noqa: S105 - the key that Pulumi writes before what it has encrypted


@dataclass
class StackFile:
    """What a stack's file says: text by setting, as the program would get it, and where each setting stands.

    `skipped` names settings whose values only Pulumi can tell.
    """

    values: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_stack_file(text: str, origin: str, project: str) -> StackFile:
    """Read the settings of a project from the text of a stack's file; `origin` is the file as the operator knows it."""
    found = StackFile()
    try:
        document = yaml.compose(text, Loader=yaml.SafeLoader)
        if document and _size(document, {}) > _MOST_VALUES:
            raise ValueError("its aliases stand for too many values")
        found.problems += _doubles(document, origin)
        _settings(document, origin, project, found)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{origin}:{mark.line + 1}:{mark.column + 1}" if mark else origin
        found.problems.append(Problem(where, f"This is not YAML: {error.problem or error}. Correct it there."))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        found.problems.append(Problem(origin, f"This is not YAML: {_first_line(error)}. Correct it."))
    return found


def _first_line(error: Exception) -> str:
    return "it nests too deep" if isinstance(error, RecursionError) else str(error).partition("\n")[0]


def _size(node: yaml.Node, known: dict[int, int]) -> int:
    """Count the values a node stands for with all aliases followed; one that holds itself has no end."""
    if id(node) not in known:
        known[id(node)] = _MOST_VALUES + 1
        parts = [part for item in node.value for part in item] if isinstance(node, yaml.MappingNode) else node.value
        inner = parts if isinstance(parts, list) else []
        known[id(node)] = 1 + sum(_size(part, known) for part in inner)
    return known[id(node)]


def _settings(document: yaml.Node | None, origin: str, project: str, found: StackFile) -> None:
    if document is None:
        return
    if not isinstance(document, yaml.MappingNode):
        found.problems.append(Problem(_place(document, origin), "The file must hold 'config:' and settings below it."))
        return
    config = next((value for key, value in document.value if key.value == "config"), None)
    if config is None or (isinstance(config, yaml.ScalarNode) and _plain(config) is None):
        return
    if not isinstance(config, yaml.MappingNode):
        found.problems.append(Problem(_place(config, origin), "'config' must hold settings, as name: value."))
        return
    for key, value in config.value:
        _setting(key, value, origin, project, found)


def _setting(key: yaml.Node, value: yaml.Node, origin: str, project: str, found: StackFile) -> None:
    place = _place(key, origin)
    if not isinstance(key, yaml.ScalarNode):
        found.problems.append(Problem(place, "A setting's name must be text. Write it as name: value."))
        return
    namespace, colon, name = key.value.partition(":")
    if ":" in name:
        found.problems.append(Problem(place, f"{key.value!r} is not of the form project:name. Correct it."))
    if colon and namespace != project:
        return
    name = name if colon else namespace
    if _has_secret(value):
        found.skipped.append(name)
        return
    found.places[name] = place
    found.values[name] = _as_text(_value(value))


def _has_secret(node: yaml.Node) -> bool:
    if isinstance(node, yaml.MappingNode):
        return any(key.value == SECRET or _has_secret(value) for key, value in node.value)
    return isinstance(node, yaml.SequenceNode) and any(map(_has_secret, node.value))


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _value(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {_as_text(_value(key)): _value(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_value(item) for item in node.value]
    assert isinstance(node, yaml.ScalarNode)
    return _plain(node)


def _plain(node: yaml.ScalarNode) -> bool | int | float | str | None:
    text = str(node.value)
    if node.style is not None or len(text) > _LONGEST_NUMBER:
        return text
    if _NULL.fullmatch(text):
        return None
    if _BOOLEAN.fullmatch(text):
        return text.lower() == "true"
    if _DATE.fullmatch(text):
        return f"{text} 00:00:00 +0000 UTC"
    return _number(text)


def _number(text: str) -> int | float | str:
    if octal := _OCTAL.fullmatch(text):
        return int(f"{octal['sign']}{octal['digits'].strip('_')}", base=8)
    try:
        if _INTEGER.fullmatch(text):
            return int(text, base=0 if text.lstrip("+-")[:1] == "0" else 10)
        if _FLOAT.fullmatch(text):
            number = float(text)
            return int(number) if number.is_integer() else number
    except (ValueError, OverflowError):
        pass
    return text


def _doubles(node: yaml.Node | None, origin: str) -> Iterator[Problem]:
    """Find names that a map has twice, which Pulumi refuses."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _doubles(item, origin)
    if not isinstance(node, yaml.MappingNode):
        return
    first: dict[str, str] = {}
    for key, value in node.value:
        name, place = str(key.value), _place(key, origin)
        if name in first:
            yield Problem(place, f"{name!r} stands here twice; the first is at {first[name]}. Remove one of them.")
        first.setdefault(name, place)
        yield from _doubles(value, origin)


def _place(node: yaml.Node, origin: str) -> str:
    return f"{origin}:{node.start_mark.line + 1}:{node.start_mark.column + 1}"


def places_of(found: StackFile, origin: str, problem: Problem) -> Problem:
    """Put the place before a problem of a setting, where the file has the setting."""
    name = re.split(r"[.\[]", problem.where.partition(":")[2], maxsplit=1)[0]
    return Problem(f"{found.places.get(name, origin)}: {problem.where}", problem.message)


def without_skipped(problems: Iterable[Problem], skipped: Collection[str]) -> Iterator[Problem]:
    """Leave out what is said of settings whose values are not known here."""
    for problem in problems:
        if not any(name in f"{problem.where} {problem.message}" for name in skipped):
            yield problem
