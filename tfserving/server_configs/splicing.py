"""Pieces of text format put in and taken out, comments and layout kept."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tfserving.server_configs.document import Field
from tfserving.server_configs.tokens import Source, Token, scan

_BLANKS = " \t"


@dataclass(frozen=True, order=True)
class Splice:
    """A piece of a text, from `start` to before `end`, and what takes its place."""

    start: int
    end: int
    text: str


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """A text with pieces replaced, none of which overlap."""
    for splice in sorted(splices, reverse=True):
        text = text[: splice.start] + splice.text + text[splice.end :]
    return text


def stands_after(text: str, field: Field, another: str) -> Splice:
    """Put a field behind one: on a line of its own if that one ends its line, behind its comment."""
    line_start = text.rfind("\n", 0, field.start) + 1
    line_end = _line_end(text, field.end)
    before, behind = text[line_start : field.start], text[field.end : line_end].rstrip("\r")
    if before.strip(_BLANKS) or behind.lstrip(_BLANKS + ",;").partition("#")[0]:
        return Splice(field.end, field.end, f" {another}")
    new_line = "\r\n" if text[:line_end].endswith("\r") else "\n"
    place = line_end - (new_line == "\r\n")
    return Splice(place, place, f"{new_line}{before}{another}")


def removed(text: str, field: Field, index: int) -> Iterator[Splice]:
    """Take out one of a field's values, and the field with its last."""
    if len(field.values) > 1:
        yield from _value_removed(text, field, index)
        return
    tokens = _tokens(text)
    behind = next(token for token in tokens if token.start >= field.end)
    separator = behind if behind.kind == "symbol" and behind.text in ",;" else None
    if separator and text[field.end : separator.start].strip(_BLANKS):
        # Something is said between the field and its separator, so that both go by themselves.
        yield Splice(separator.start, separator.end, "")
        separator = None
    yield _line_removed(text, field.start, separator.end if separator else field.end)


def _value_removed(text: str, field: Field, index: int) -> Iterator[Splice]:
    value = field.values[index]
    tokens = _tokens(text)
    around = (
        [token for token in tokens if token.start >= value.end][:1]
        if index == 0
        else [token for token in tokens if token.end <= value.start][-1:]
    )
    for comma in around:
        yield Splice(comma.start, comma.end + _blanks(text, comma.end) * (index == 0), "")
    yield Splice(value.start, value.end, "")


def _line_removed(text: str, start: int, end: int) -> Splice:
    line_start, line_end = text.rfind("\n", 0, start) + 1, _line_end(text, end)
    if not text[line_start:start].strip(_BLANKS) and not text[end:line_end].strip(_BLANKS + "\r"):
        return Splice(line_start, min(line_end + 1, len(text)), "")
    return Splice(start, end + _blanks(text, end), "")


def _line_end(text: str, offset: int) -> int:
    end = text.find("\n", offset)
    return end if end >= 0 else len(text)


def _blanks(text: str, offset: int) -> int:
    rest = text[offset : _line_end(text, offset)]
    return len(rest) - len(rest.lstrip(_BLANKS))


def _tokens(text: str) -> Sequence[Token]:
    return scan(Source(text))[0]
