"""Reading and writing TFRecord files: each record between its length and its checksum."""

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tfserving.model_store.saved_model.checksums import fixed32, masked_crc32c
from tfserving.model_store.saved_model.wire import MalformedError

_LENGTH: Final = struct.Struct("<Q")
_CHECKSUM: Final = struct.Struct("<I")
_CHECKSUM_BYTES: Final = _CHECKSUM.size
_HEADER_BYTES: Final = _LENGTH.size + _CHECKSUM_BYTES
_GZIP: Final = b"\x1f\x8b"


def read_records(path: Path) -> Iterator[bytes]:
    """Give a file's records; raises MalformedError, after those that are whole, for what is none."""
    left = path.stat().st_size
    number = 0
    with path.open("rb") as file:
        while header := file.read(_HEADER_BYTES):
            left -= len(header)
            length = _length(header, number)
            # Compared before anything is read: a length of nonsense must not ask for all memory.
            if length + _CHECKSUM_BYTES > left:
                raise MalformedError(f"is cut off in record {number}")
            record = file.read(length)
            if masked_crc32c((record,)) != fixed32(file.read(_CHECKSUM_BYTES)):
                raise MalformedError(f"has a wrong checksum in record {number}: it was damaged on its way")
            left -= length + _CHECKSUM_BYTES
            number += 1
            yield record


def write_records(path: Path, records: Iterable[bytes]) -> None:
    """Write records to a new file."""
    with path.open("wb") as file:
        for record in records:
            length = _LENGTH.pack(len(record))
            file.write(length + _CHECKSUM.pack(masked_crc32c((length,))))
            file.write(record + _CHECKSUM.pack(masked_crc32c((record,))))


def _length(header: bytes, number: int) -> int:
    length, checksum = header[: _LENGTH.size], header[_LENGTH.size :]
    if number == 0 and header.startswith(_GZIP):
        raise MalformedError("is packed with gzip, which servers do not unpack")
    if number == 0 and (len(header) < _HEADER_BYTES or masked_crc32c((length,)) != fixed32(checksum)):
        raise MalformedError("is no TFRecord file")
    if len(header) < _HEADER_BYTES:
        raise MalformedError(f"is cut off in record {number}")
    if masked_crc32c((length,)) != fixed32(checksum):
        raise MalformedError(f"has a wrong checksum of a length in record {number}: it was damaged on its way")
    value: int = _LENGTH.unpack(length)[0]
    return value
