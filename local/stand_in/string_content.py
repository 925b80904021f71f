"""Strings within `tensor_content`: first every length as a varint, then all the bytes (tensor_coding.cc)."""

from collections.abc import Sequence

from .status import invalid

CONTINUED = 0x80


def encode_strings(values: Sequence[bytes]) -> bytes:
    """Write a list of strings."""
    return b"".join(_varint(len(value)) for value in values) + b"".join(values)


def decode_strings(content: bytes, count: int) -> list[bytes]:
    """Read so many strings; raises INVALID_ARGUMENT unless they are exactly what the content holds."""
    lengths: list[int] = []
    offset = 0
    for _ in range(min(count, len(content) + 1)):
        length, offset = _read_varint(content, offset)
        lengths.append(length)
    if len(lengths) != count or offset + sum(lengths) != len(content):
        raise invalid(f"tensor parsing error: tensor_content does not hold {count} strings")
    values: list[bytes] = []
    for length in lengths:
        values.append(content[offset : offset + length])
        offset += length
    return values


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number >= CONTINUED:
        encoded.append(number % CONTINUED | CONTINUED)
        number //= CONTINUED
    encoded.append(number)
    return bytes(encoded)


def _read_varint(content: bytes, offset: int) -> tuple[int, int]:
    number = 0
    for position, byte in enumerate(content[offset : offset + 5]):
        number |= (byte % CONTINUED) << (7 * position)
        if byte < CONTINUED:
            return number, offset + position + 1
    raise invalid("tensor parsing error: tensor_content ends within the length of a string")
