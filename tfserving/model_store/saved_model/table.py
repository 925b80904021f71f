"""Reading the variables' index: a sorted table of names, in the format of LevelDB's tables."""

from collections.abc import Iterator
from typing import Final

from tfserving.model_store.saved_model.checksums import fixed32, masked_crc32c
from tfserving.model_store.saved_model.wire import MalformedError, varint

_FOOTER_BYTES: Final = 48
_MAGIC: Final = bytes.fromhex("57fb808b247547db")
# After each block: how it is compressed, and the checksum of both.
_TRAILER_BYTES: Final = 5
_UNCOMPRESSED: Final = 0


def read_table(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Give a table's keys and values in their order.

    Raises MalformedError if it is cut off or spoilt, which every block's checksum shows.
    """
    if len(content) < _FOOTER_BYTES or not content.endswith(_MAGIC):
        raise MalformedError("does not end as an index does: it is cut off, or no index")
    footer = content[-_FOOTER_BYTES:]
    position = _handle(footer, 0)[2]
    offset, size, _ = _handle(footer, position)
    for _, value in _entries(_block(content, offset, size)):
        offset, size, _ = _handle(value, 0)
        yield from _entries(_block(content, offset, size))


def _handle(content: bytes, position: int) -> tuple[int, int, int]:
    offset, position = varint(content, position)
    size, position = varint(content, position)
    return offset, size, position


def _block(content: bytes, offset: int, size: int) -> bytes:
    trailer = content[offset + size : offset + size + _TRAILER_BYTES]
    if len(trailer) < _TRAILER_BYTES:
        raise MalformedError(f"has a block of {size} bytes at byte {offset} that goes beyond its end")
    block = content[offset : offset + size]
    if masked_crc32c((block, trailer[:1])) != fixed32(trailer[1:]):
        raise MalformedError(f"has a block at byte {offset} whose checksum is wrong: it was damaged on its way")
    if trailer[0] != _UNCOMPRESSED:
        raise MalformedError("is compressed, which tf.saved_model.save does not do and this check does not read")
    return block


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    if len(block) < 4:
        raise MalformedError("has a block without an end")
    # Places where keys are written in full, of use only to who searches.
    end = len(block) - 4 * (fixed32(block[-4:]) + 1)
    position, key = 0, b""
    while position < end:
        shared, position = varint(block, position)
        unshared, position = varint(block, position)
        length, position = varint(block, position)
        if shared > len(key) or position + unshared + length > end:
            raise MalformedError("has an entry that goes beyond its block")
        key = key[:shared] + block[position : position + unshared]
        position += unshared
        yield key, block[position : position + length]
        position += length
