"""An operator's own server flags, checked before a server could ignore, misread or die of them.

tensorflow_model_server only prints an unknown flag and starts anyway, so a misspelt one goes unnoticed.
"""

import math
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Final

from tfserving.errors import Problem
from tfserving.server_flags.table import FLAGS, Flag, Version, exists_in, parse_version
from tfserving.server_flags.texts import text_mistakes
from tfserving.spelling import meant_integer, shown

_KEY: Final = "tfserving:serverFlags"
# No int64 has more digits, and Python refuses to read some thousands of them.
_INTEGER = re.compile(r"-?[0-9]{1,30}")
_FLOAT = re.compile(r"-?([0-9]{1,30}\.?[0-9]{0,30}|\.[0-9]{1,30})([eE][+-]?[0-9]{1,4})?")
_BITS: Final = {"int32": 31, "int64": 63}
_TENSOR_CONTENT: Final = "enable_serialization_as_tensor_content"
_ON: Final = (True, "true")
_PARALLELISM: Final = (
    "tensorflow_session_parallelism",
    "tensorflow_intra_op_parallelism",
    "tensorflow_inter_op_parallelism",
)


def check_flags(flags: Mapping[str, object], *, server_version: str, rest: bool = True) -> list[Problem]:
    """Every mistake among an operator's flags, by name; `server_version` is 'X.Y.Z', else ValueError.

    `rest` tells whether the server has its REST API on.
    """
    version = parse_version(server_version)
    names = sorted(flags, key=str)
    problems = [problem for name in names for problem in _flag_problems(name, flags[name], version, rest)]
    return [*problems, *_parallelism_problems(flags)]


def _flag_problems(name: object, value: object, version: Version, rest: bool) -> Iterator[Problem]:
    where = f"{_KEY}.{name}" if isinstance(name, str) and name.isprintable() else f"{_KEY}[{shown(name)}]"
    flag = FLAGS.get(name) if isinstance(name, str) else None
    if flag is None:
        yield Problem(where, _unknown(name))
    elif flag.reserved:
        yield Problem(where, f"{flag.name} cannot be set here: {flag.reserved}.")
    elif not exists_in(flag, version):
        since, used = (".".join(map(str, known)) for known in (flag.since or version, version))
        yield Problem(
            where,
            f"{flag.name} exists from TensorFlow Serving {since} on, and this stack runs {used}, which ignores "
            "it. Remove it, or choose a newer server.",
        )
    elif flag.name == _TENSOR_CONTENT and rest and value in _ON:
        yield Problem(
            where,
            f"{flag.name} is {value!r}, but the REST API is on, whose predictions would all come back as 0.0 (seen on "
            "2.20.0). Remove the flag.",
        )
    else:
        yield from (Problem(where, message) for message in _value_mistakes(flag, value))


def _unknown(name: object) -> str:
    bare = str(name).strip().lstrip("-").partition("=")[0].strip().replace("-", "_")
    known = next((flag for flag in FLAGS if flag in (bare, bare.lower(), _snake(bare))), None)
    close = [known] if known else get_close_matches(_snake(bare)[:100], FLAGS, n=3)
    remedy = f"Perhaps {' or '.join(map(repr, close))} was meant." if close else "Remove it."
    return f"{shown(name)} is no flag of tensorflow_model_server, which would ignore it. {remedy}"


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _value_mistakes(flag: Flag, value: object) -> Iterator[str]:
    if flag.kind == "bool":
        yield from _bool_mistakes(flag, value)
    elif flag.kind != "string":
        yield from _number_mistakes(flag, value)
    elif isinstance(value, str):
        yield from text_mistakes(flag.name, value)
    else:
        yield f"{flag.name} is {shown(value)}, but must be text. Put it in quotes."


def _bool_mistakes(flag: Flag, value: object) -> Iterator[str]:
    if not isinstance(value, bool) and value not in ("true", "false"):
        yield f"{flag.name} is {shown(value)}, but must be true or false, in lower case. Correct the value."


def _number_mistakes(flag: Flag, value: object) -> Iterator[str]:
    number = _number(flag, value)
    said = f"{flag.name} is {shown(value)}, but must be"
    if number is None:
        wanted = "a number" if flag.kind == "float" else f"a whole number that fits {flag.kind}"
        meant = meant_integer(flag.name, value) if isinstance(value, str) and flag.kind != "float" else None
        yield f"{said} {wanted}. {'Correct the value.' if meant is None else f'Write {meant}.'}"
    elif flag.minimum is not None and number < flag.minimum:
        yield f"{said} at least {flag.minimum}{_reason(flag.below)}. Raise it."
    elif flag.maximum is not None and number > flag.maximum:
        yield f"{said} at most {flag.maximum}{_reason(flag.above)}. Lower it."


def _reason(text: str) -> str:
    return f": {text}" if text else ""


def _number(flag: Flag, value: object) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if flag.kind == "float":
        return _real(value)
    if isinstance(value, float) or (isinstance(value, str) and not _INTEGER.fullmatch(value)):
        return None
    limit = 1 << _BITS[flag.kind]
    return int(value) if -limit <= int(value) < limit else None


def _real(value: float | str) -> float | None:
    if isinstance(value, str) and not _FLOAT.fullmatch(value):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _parallelism_problems(flags: Mapping[str, object]) -> Iterator[Problem]:
    numbers = [_number(FLAGS[name], flags[name]) for name in _PARALLELISM if name in flags]
    if len(numbers) == len(_PARALLELISM) and all(number is not None and number > 0 for number in numbers):
        yield Problem(
            f"{_KEY}.{_PARALLELISM[0]}",
            f"{', '.join(_PARALLELISM)} are all set, and the server does not start with all three. "
            f"Remove {_PARALLELISM[0]}; the other two say more.",
        )
