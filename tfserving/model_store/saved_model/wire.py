"""Walking a protocol buffer message field by field without copying it, for messages too large to be parsed whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

VARINT: Final = 0
LENGTH_DELIMITED: Final = 2
_FIXED: Final = {1: 8, 5: 4}
_LONGEST_VARINT: Final = 10


class MalformedError(Exception):
    """Bytes that are not what they should be; the text says what they have or lack, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its bytes as they stand, tag included, and its content, which is empty for a number."""

    number: int
    wire_type: int
    raw: memoryview
    content: memoryview


def fields(message: memoryview) -> Iterator[Field]:
    """Give a message's fields in their order; raises MalformedError for bytes that are none."""
    offset, end = 0, len(message)
    while offset < end:
        tag, start = varint(message, offset)
        number, wire_type = tag >> 3, tag & 7
        if wire_type == VARINT:
            stop = start = varint(message, start)[1]
        elif wire_type == LENGTH_DELIMITED:
            length, start = varint(message, start)
            stop = start + length
        elif wire_type in _FIXED:
            stop = start + _FIXED[wire_type]
        else:
            raise MalformedError(f"has a field of the wire type {wire_type} at byte {offset}")
        if number == 0:
            raise MalformedError(f"has a field of the number 0 at byte {offset}")
        if stop > end:
            there = f"{stop - start} bytes, of which {end - start} are there"
            raise MalformedError(f"is cut off: it has a field at byte {offset} of {there}")
        yield Field(number, wire_type, message[offset:stop], message[start:stop])
        offset = stop


def submessages(message: memoryview, number: int) -> Iterator[memoryview]:
    """Give every submessage of one number; raises MalformedError as `fields` does."""
    for field in fields(message):
        if field.number == number and field.wire_type == LENGTH_DELIMITED:
            yield field.content


def varint(message: memoryview | bytes, offset: int) -> tuple[int, int]:
    """Read a number of variable length; gives it and where it ends."""
    value = 0
    for position in range(offset, min(offset + _LONGEST_VARINT, len(message))):
        byte = message[position]
        value |= (byte & 0x7F) << 7 * (position - offset)
        if byte < 0x80:
            return value, position + 1
    raise MalformedError(f"has a number at byte {offset} that does not end")
