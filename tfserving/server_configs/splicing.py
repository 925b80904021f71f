"""Fields put into a text and taken out of it; everything around them stays byte for byte."""

import re
from typing import Final

from tfserving.server_configs.document import Block, Field, Scalar

_SEPARATOR: Final = re.compile(r"[ \t]*[,;]")
_REST_OF_LINE: Final = re.compile(r"[ \t]*(?:#[^\r\n]*)?(?=\r?\n|\Z)")
_BLANKS: Final = re.compile(r"[ \t]*")
_NEWLINE: Final = re.compile(r"\r?\n")
# A comma within a comment separates nothing.
_COMMA: Final = re.compile(r"(?:#[^\n]*|[^#,])*(?P<comma>,)")
_STEP: Final = "    "


def replaced(text: str, value: Scalar | Block, by: str) -> str:
    """Write something else in a value's place."""
    return text[: value.start] + by + text[value.end :]


def indentation(text: str, offset: int) -> str:
    """Give the blanks that begin the line of an offset."""
    line = text.rfind("\n", 0, offset) + 1
    match = _BLANKS.match(text, line, offset)
    return match.group() if match else ""


def indented(lines: list[str], indent: str, text: str) -> str:
    """Join lines, each but the first behind the indentation, with the line ends that a text has."""
    return f"{_line_end(text)}{indent}".join(line.replace("\t", _STEP) for line in lines)


def with_field_after(text: str, field: Field, new: str) -> str:
    """Put a field behind another: on a line of its own if the other has one, else beside it."""
    end = _behind_separator(text, field.end)
    rest = _REST_OF_LINE.match(text, end)
    if not rest or not _begins_line(text, field.start):
        return f"{text[:end]} {new}{text[end:]}"
    at, indent = rest.end(), indentation(text, field.start)
    return f"{text[:at]}{_line_end(text)}{indent}{new}{text[at:]}"


def with_value_after(text: str, value: Scalar | Block, new: str) -> str:
    """Put a value behind another of a list."""
    return f"{text[: value.end]}, {new}{text[value.end :]}"


def without(text: str, field: Field, value: Scalar | Block) -> str:
    """Take a value out: with its field if it is the field's only one, and with the line that it had for itself."""
    if len(field.values) > 1:
        return _without_item(text, field, value)
    start, end = field.start, _behind_separator(text, field.end)
    rest = _REST_OF_LINE.match(text, end)
    if rest and _begins_line(text, start):
        newline = _NEWLINE.match(text, rest.end())
        return text[: text.rfind("\n", 0, start) + 1] + text[newline.end() if newline else rest.end() :]
    if rest:
        return text[:start].rstrip(" \t") + text[end:]
    blanks = _BLANKS.match(text, end)
    return text[:start] + text[blanks.end() if blanks else end :]


def _without_item(text: str, field: Field, value: Scalar | Block) -> str:
    index = field.values.index(value)
    before = text[: value.start]
    if index:
        comma = _comma(text, field.values[index - 1].end)
        kept = before[comma + 1 :].rstrip(" \t") if "#" not in before[comma + 1 :] else before[comma + 1 :]
        return before[:comma] + kept + text[value.end :]
    comma = _comma(text, value.end)
    return before + text[value.end : comma] + text[comma + 1 :].lstrip(" \t")


def _comma(text: str, start: int) -> int:
    match = _COMMA.match(text, start)
    if match is None:
        raise ValueError(f"no comma behind offset {start}")
    return match.start("comma")


def _behind_separator(text: str, end: int) -> int:
    match = _SEPARATOR.match(text, end)
    return match.end() if match else end


def _begins_line(text: str, offset: int) -> bool:
    return not text[text.rfind("\n", 0, offset) + 1 : offset].strip(" \t")


def _line_end(text: str) -> str:
    match = _NEWLINE.search(text)
    return match.group() if match else "\n"
