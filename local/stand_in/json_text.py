"""Reading request bodies with the habits of the real server's parser."""

import json
from typing import Any, Final

from .json_numbers import parse_decimal, parse_integer
from .status import invalid

BLANKS: Final = " \t\n\r"
BYTE_ORDER_MARK: Final = "\ufeff"


def _first_counts(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    first: dict[str, Any] = {}
    for key, value in pairs:
        first.setdefault(key, value)
    return first


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_first_counts,
    parse_int=parse_integer,
    parse_float=parse_decimal,
)


def parse(body: bytes) -> Any:
    """Read one JSON value; NaN and Infinity are some.

    Of a key given twice the first counts, and text after the value does not matter (both seen on 2.20.0); bytes that
    are not UTF-8 stay as they are. Raises INVALID_ARGUMENT for anything else that is no JSON.
    """
    text = body.decode(errors="surrogateescape").removeprefix(BYTE_ORDER_MARK).lstrip(BLANKS)
    if not text:
        raise invalid("JSON Parse error: The document is empty")
    try:
        return _DECODER.raw_decode(text)[0]
    except (ValueError, RecursionError) as error:
        raise invalid(f"JSON Parse error: {error}") from error


def to_text(value: Any) -> str:
    """JSON in one line; the real server lays its answers out in several ways, which only matter to the eye."""
    return json.dumps(value, ensure_ascii=False)


def shown(value: Any) -> str:
    """A JSON value for an error message."""
    return to_text(value)
