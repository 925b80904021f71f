"""CRC-32C, as TensorFlow's files carry it."""

import struct
from collections.abc import Iterable
from typing import Final

# TensorFlow stores a checksum rotated and moved, because a checksum of what holds its own checksum says nothing.
_MASK_DELTA: Final = 0xA282EAD8


def masked_crc32c(pieces: Iterable[bytes]) -> int:
    """Give the masked checksum of bytes that come in pieces."""
    # Late, because the agent, which reads manifests, has no use for it.
    import google_crc32c

    crc = 0
    for piece in pieces:
        crc = google_crc32c.extend(crc, piece)
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF


def fixed32(content: bytes) -> int:
    """Read a checksum as it lies in a file."""
    value: int = struct.unpack("<I", content)[0]
    return value
