"""Request bodies as they come over HTTP: by length or in chunks, plain or gzipped."""

import logging
import zlib
from collections.abc import Iterator
from typing import Final, Protocol

from .status import StatusError, invalid

log = logging.getLogger("stand_in.http_body")

LARGEST_INFLATED: Final = 100 * 1024 * 1024
LONGEST_LINE: Final = 1024


class Headers(Protocol):
    """Looked up in any case of letters."""

    def get(self, name: str, default: str, /) -> str: ...


class Stream(Protocol):
    """Where a request is read from."""

    def read(self, size: int, /) -> bytes: ...
    def readline(self, size: int, /) -> bytes: ...


def read_body(stream: Stream, headers: Headers) -> bytes:
    """Read one body to its end; raises ValueError if there is no telling where that is.

    A body that cannot be inflated is an empty one: the real server logs that, and goes on without.
    """
    if "chunked" in headers.get("Transfer-Encoding", "").lower():
        body = b"".join(_chunks(stream))
    else:
        body = stream.read(_length(headers.get("Content-Length", "0")))
    if not body or "gzip" not in headers.get("Content-Encoding", ""):
        return body
    try:
        return inflate(body)
    except StatusError as error:
        log.error("Failed to uncompress the gzipped body: %s", error.message)
        return b""


def _length(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise ValueError(f"{text!r} is no length")
    return int(text)


def _chunks(stream: Stream) -> Iterator[bytes]:
    while size := int(stream.readline(LONGEST_LINE).split(b";")[0], 16):
        if size < 0:
            raise ValueError(f"A chunk has no size {size}")
        yield stream.read(size)
        stream.readline(LONGEST_LINE)
    while stream.readline(LONGEST_LINE).strip():
        pass


def inflate(body: bytes) -> bytes:
    """Undo gzip; raises INVALID_ARGUMENT for damaged bodies and those above 100 MB."""
    reader = zlib.decompressobj(wbits=31)
    try:
        content = reader.decompress(body, LARGEST_INFLATED)
    except zlib.error as error:
        raise invalid(f"Failed to uncompress the request body: {error}.") from error
    if not reader.eof:
        raise invalid("Failed to uncompress the request body: it is truncated or too large.")
    return content
