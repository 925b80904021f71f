"""JSON as commands take it: nothing in it is passed over or rounded."""

import json
import math
import sys
from pathlib import Path
from typing import Any

from tfserving.errors import TfServingError


def read_json(source: Path | None) -> Any:
    """Read a JSON document, standard input if no file is named; raises TfServingError, with the place, for none."""
    where = str(source or "Standard input")
    try:
        text = _read(source).decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=_without_repeats, parse_float=_double)
    except OSError as error:
        raise TfServingError(f"{where} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise TfServingError(
            f"{where} is not JSON: its byte {error.start} is not UTF-8. Save it so; bytes go as {{'b64': '<base64>'}}."
        ) from error
    except RecursionError as error:
        raise TfServingError(f"{where} is nested too deep for an array.") from error
    except ValueError as error:
        raise TfServingError(f"{where} is not JSON: {error}.") from error


def _read(source: Path | None) -> bytes:
    if source is not None:
        return source.read_bytes()
    binary = getattr(sys.stdin, "buffer", None)
    return binary.read() if binary else sys.stdin.read().encode()


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for name, value in pairs:
        if name in seen:
            raise ValueError(f"the key {name!r} stands twice in one object, and only one value can be sent")
        seen[name] = value
    return seen


def _double(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"the number {text} is too large for any type; infinity is written Infinity")
    return number
