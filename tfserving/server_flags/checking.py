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

_KEY: Final = "tfserving:serverFlags"
_INTEGER = re.compile(r"-?[0-9]+")
_FLOAT = re.compile(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_BITS: Final = {"int32": 31, "int64": 63}
_PARALLELISM: Final = (
    "tensorflow_session_parallelism",
    "tensorflow_intra_op_parallelism",
    "tensorflow_inter_op_parallelism",
)


def check_flags(flags: Mapping[str, object], *, server_version: str) -> list[Problem]:
    """Every mistake among an operator's flags, by name; `server_version` is 'X.Y.Z', else ValueError."""
    version = parse_version(server_version)
    problems = [problem for name in sorted(flags) for problem in _flag_problems(name, flags[name], version)]
    return [*problems, *_parallelism_problems(flags)]


def _flag_problems(name: str, value: object, version: Version) -> Iterator[Problem]:
    where = f"{_KEY}.{name}"
    flag = FLAGS.get(name)
    if flag is None:
        yield Problem(where, _unknown(name))
    elif flag.reserved:
        yield Problem(where, f"{name} cannot be set here: {flag.reserved}.")
    elif not exists_in(flag, version):
        since, used = (".".join(map(str, known)) for known in (flag.since or version, version))
        yield Problem(
            where,
            f"{name} exists from TensorFlow Serving {since} on, and this stack runs {used}, which ignores "
            "it. Remove it, or choose a newer server.",
        )
    else:
        message = _value_mistake(flag, value)
        if message:
            yield Problem(where, message)


def _unknown(name: str) -> str:
    bare = name.strip().lstrip("-").partition("=")[0].replace("-", "_")
    close = [bare] if bare in FLAGS else get_close_matches(_snake(bare), FLAGS, n=3)
    remedy = f"Perhaps {' or '.join(map(repr, close))} was meant." if close else "Remove it."
    return f"{name!r} is no flag of tensorflow_model_server, which would ignore it. {remedy}"


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _value_mistake(flag: Flag, value: object) -> str | None:
    if flag.kind == "bool":
        return _bool_mistake(flag, value)
    if flag.kind == "string":
        return _text_mistake(flag, value)
    number = _number(flag, value)
    if number is None:
        wanted = "a number" if flag.kind == "float" else f"a whole number that fits {flag.kind}"
        return f"{flag.name} is {value!r}, but must be {wanted}. Correct the value."
    if flag.minimum is not None and number < flag.minimum:
        reason = f": {flag.below}" if flag.below else ""
        return f"{flag.name} is {value!r}, but must be at least {flag.minimum}{reason}. Raise it."
    return None


def _bool_mistake(flag: Flag, value: object) -> str | None:
    if isinstance(value, bool) or value in ("true", "false"):
        return None
    return f"{flag.name} is {value!r}, but must be true or false, in lower case. Correct the value."


def _number(flag: Flag, value: object) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if flag.kind == "float":
        number = float(value) if not isinstance(value, str) or _FLOAT.fullmatch(value) else math.nan
        return number if math.isfinite(number) else None
    if isinstance(value, float) or not _INTEGER.fullmatch(str(value)):
        return None
    limit = 1 << _BITS[flag.kind]
    return int(value) if -limit <= int(value) < limit else None


def _text_mistake(flag: Flag, value: object) -> str | None:
    if not isinstance(value, str):
        return f"{flag.name} is {value!r}, but must be text. Put it in quotes."
    if flag.name == "mixed_precision" and value not in ("", "bfloat16"):
        return f"mixed_precision is {value!r}, but must be 'bfloat16'. Write that, or remove the flag."
    if flag.name == "grpc_channel_arguments":
        return _channel_mistake(value)
    return None


def _channel_mistake(value: str) -> str | None:
    items = [item for item in value.split(",") if value]
    wrong = [item for item in items if not re.fullmatch(r"[^=]+=[^=]+", item)]
    if not wrong:
        return None
    return (
        f"grpc_channel_arguments is {value!r}, but its item {wrong[0]!r} is not of the form key=value, and "
        "the server would read past the item's end. Write items such as grpc.max_connection_age_ms=60000."
    )


def _parallelism_problems(flags: Mapping[str, object]) -> Iterator[Problem]:
    numbers = [_number(FLAGS[name], flags[name]) for name in _PARALLELISM if name in flags]
    if len(numbers) == len(_PARALLELISM) and all(number is not None and number > 0 for number in numbers):
        yield Problem(
            f"{_KEY}.{_PARALLELISM[0]}",
            f"{', '.join(_PARALLELISM)} are all set, and the server does not start with all three. "
            f"Remove {_PARALLELISM[0]}; the other two say more.",
        )
