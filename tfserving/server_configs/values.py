"""Single values of text format: what the server's parser makes of them, and what to write where it refuses one.

Seen on TensorFlow 2.21's C++ parser, which is narrower than protobuf's Python one in places (no '1_000', '+5' or
'\\q') and wider in others ('- 1', '0x1' for a boolean).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from google.protobuf.descriptor import FieldDescriptor

from tfserving.server_configs.tokens import short

Value = bool | int | float | str | bytes

_INTEGER = re.compile(r"0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*")
_FLOAT = re.compile(r"(?:(?:0|[1-9][0-9]*)|(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]|[fF]\Z))(?:[eE][+-]?[0-9]+)?[fF]?)")
_NOT_FINITE = re.compile(r"inf|infinity|nan", re.IGNORECASE)
_ESCAPE = re.compile(
    r"""\\ (?: (?P<sign> [abfnrtv\\?'"] )
      | (?P<octal> (?! [4-7][0-7][0-7] ) [0-7]{1,3} )
      | [xX] (?P<hex> [0-9a-fA-F]{1,2} )
      | (?P<code> u[0-9a-fA-F]{4} | U00(?: 0[0-9a-fA-F] | 10 )[0-9a-fA-F]{4} )
      | (?P<wrong> . ) )""",
    re.VERBOSE,
)
_SIGNS: Final = dict(zip("abfnrtv\\?'\"", b"\a\b\f\n\r\t\v\\?'\"", strict=True))
_BOOLEANS: Final = {"true": True, "True": True, "t": True, "false": False, "False": False, "f": False}
_MEANT_BOOLEANS: Final = {
    **dict.fromkeys(("true", "yes", "on", "y", "enabled", "enable"), "true"),
    **dict.fromkeys(("false", "no", "off", "n", "disabled", "disable"), "false"),
}


@dataclass(frozen=True)
class _Range:
    low: int
    high: int

    def __str__(self) -> str:
        return f"a whole number from {self.low} to {self.high}"


_RANGES: Final[Mapping[int, _Range]] = {
    FieldDescriptor.TYPE_INT32: _Range(-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_INT64: _Range(-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_UINT32: _Range(0, 2**32 - 1),
}


def convert(pieces: Sequence[str], field: FieldDescriptor) -> Value | None:
    """The value that the pieces of a scalar stand for in a field; None if the server would refuse them."""
    converter = _CONVERTERS.get(field.type)
    return converter(pieces, field) if converter else None


def wanted(source: str, field: FieldDescriptor) -> str:
    """What a field must be in place of a refused value, with the remedy, as the end of a sentence."""
    word = short(source.strip("\"'"))
    if field.type in (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES):
        if source[:1] in ("'", '"'):
            return "UTF-8 text with valid escapes. Write a backslash as two"
        return f'text in quotes. Write "{word}"'
    if field.type == FieldDescriptor.TYPE_BOOL:
        meant = _MEANT_BOOLEANS.get(word.lower())
        return "true or false. " + (f"Write {meant}" if meant else "Correct the value")
    if field.enum_type:
        return _enum_wanted(word, field)
    if field.type in _RANGES:
        return _whole_number_wanted(source, word, field)
    return "a number. " + (f"Write {word}" if word != source and _float([word]) is not None else "Correct the value")


def _enum_wanted(word: str, field: FieldDescriptor) -> str:
    names = list(field.enum_type.values_by_name) if field.enum_type else []
    meant = next((name for name in names if name.lower() == word.lower()), None)
    return f"one of {', '.join(names)}, without quotes. " + (f"Write {meant}" if meant else "Correct the value")


def _whole_number_wanted(source: str, word: str, field: FieldDescriptor) -> str:
    allowed = _RANGES[field.type]
    meant = _meant_number(word)
    if meant is not None and allowed.low <= meant <= allowed.high:
        quotes = ", without quotes" if word != source else ""
        return f"{allowed}{quotes}. Write {meant}"
    return f"{allowed}. Correct the value"


def _meant_number(word: str) -> int | None:
    """The whole number behind separators, a plus sign, zeros that were no octal, or an exponent."""
    plain = word.replace("_", "").lstrip("+")
    if re.fullmatch(r"-?[0-9]{1,20}", plain):
        return int(plain)
    if re.fullmatch(r"-?[0-9]{1,20}(\.[0-9]{1,20})?([eE]\+?[0-9]{1,2})?", plain):
        number = float(plain)
        return int(number) if number.is_integer() and abs(number) < 2**53 else None
    return None


def _signed(pieces: Sequence[str]) -> tuple[int, str]:
    return (-1, pieces[1]) if pieces[0] == "-" and len(pieces) == 2 else (1, pieces[0])


def _natural(text: str) -> int | None:
    if not _INTEGER.fullmatch(text):
        return None
    if text[0] == "0":
        return int(text, 16) if text[1:2] in ("x", "X") else int(text, 8)
    # Python refuses to read thousands of digits, and no field holds more than twenty.
    return int(text) if len(text) <= 20 else None


def _integer(pieces: Sequence[str], field: FieldDescriptor) -> Value | None:
    sign, text = _signed(pieces)
    number = _natural(text)
    allowed = _RANGES[field.type]
    # The server's parser takes no sign at all for a field without negative values, not even that of -0.
    if number is None or (sign < 0 and allowed.low == 0) or not allowed.low <= sign * number <= allowed.high:
        return None
    return sign * number


def _boolean(pieces: Sequence[str], _field: FieldDescriptor) -> Value | None:
    number = _natural(pieces[0]) if len(pieces) == 1 else None
    return bool(number) if number in (0, 1) else _BOOLEANS.get("".join(pieces))


def _double(pieces: Sequence[str], _field: FieldDescriptor) -> Value | None:
    return _float(pieces)


def _float(pieces: Sequence[str]) -> float | None:
    sign, text = _signed(pieces)
    if _NOT_FINITE.fullmatch(text):
        return sign * float(text)
    return sign * float(text.rstrip("fF")) if _FLOAT.fullmatch(text) else None


def _enum(pieces: Sequence[str], field: FieldDescriptor) -> Value | None:
    known = field.enum_type.values_by_name.get(pieces[0]) if field.enum_type and len(pieces) == 1 else None
    if known is not None:
        return int(known.number)
    sign, text = _signed(pieces)
    number = _natural(text)
    return sign * number if number is not None and -(2**31) <= sign * number < 2**31 else None


def _string(pieces: Sequence[str], field: FieldDescriptor) -> Value | None:
    content = _bytes(pieces, field)
    try:
        return content.decode("utf-8") if isinstance(content, bytes) else None
    except UnicodeDecodeError:
        return None


def _bytes(pieces: Sequence[str], _field: FieldDescriptor) -> Value | None:
    if any(piece[:1] not in ("'", '"') or len(piece) < 2 for piece in pieces):
        return None
    bodies = [piece[1:-1] for piece in pieces]
    if any(match.group("wrong") for body in bodies for match in _ESCAPE.finditer(body)):
        return None
    return b"".join(map(_unescaped, bodies))


def _unescaped(body: str) -> bytes:
    if "\\" not in body:
        return body.encode("utf-8", "surrogatepass")
    result, end = bytearray(), 0
    for match in _ESCAPE.finditer(body):
        result += body[end : match.start()].encode("utf-8", "surrogatepass") + _meaning(match)
        end = match.end()
    pairs = bytes(result) + body[end:].encode("utf-8", "surrogatepass")
    return _PAIR.sub(_joined, pairs)


def _meaning(escape: re.Match[str]) -> bytes:
    if sign := escape.group("sign"):
        return bytes([_SIGNS[sign]])
    if octal := escape.group("octal"):
        return bytes([int(octal, 8)])
    if digits := escape.group("hex"):
        return bytes([int(digits, 16)])
    return chr(int(escape.group("code")[1:], 16)).encode("utf-8", "surrogatepass")


# Two halves of a character beyond U+FFFF, each escaped: '\ud83d\ude00'.
_PAIR = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")


def _joined(pair: re.Match[bytes]) -> bytes:
    halves = pair.group().decode("utf-8", "surrogatepass")
    return halves.encode("utf-16", "surrogatepass").decode("utf-16").encode()


_Converter = Callable[[Sequence[str], FieldDescriptor], Value | None]
_CONVERTERS: Final[Mapping[int, _Converter]] = {
    FieldDescriptor.TYPE_INT32: _integer,
    FieldDescriptor.TYPE_INT64: _integer,
    FieldDescriptor.TYPE_UINT32: _integer,
    FieldDescriptor.TYPE_BOOL: _boolean,
    FieldDescriptor.TYPE_DOUBLE: _double,
    FieldDescriptor.TYPE_ENUM: _enum,
    FieldDescriptor.TYPE_STRING: _string,
    FieldDescriptor.TYPE_BYTES: _bytes,
}
