"""The files of a folder as they were when their bytes were read."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from tfserving.errors import Problem, ProblemsError
from tfserving.model_store.layout import MAX_KEY_BYTES
from tfserving.model_store.manifest import FileEntry
from tfserving.model_store.saved_model import files_of

_READ_BYTES: Final = 1 << 20
# Python lets other threads run while it makes a checksum.
_READERS: Final = min(4, os.cpu_count() or 1)


class PublishError(ProblemsError):
    """A SavedModel was not published."""


@dataclass(frozen=True)
class Source:
    """A file as it was when its bytes were read: any write to it changes the stamp."""

    path: Path
    entry: FileEntry
    stamp: tuple[int, int, int, int]

    def is_changed(self) -> bool:
        """Tell whether the file was written to since."""
        try:
            return _stamp(self.path.stat()) != self.stamp
        except OSError:
            return True

    def changed(self) -> PublishError:
        """Give the refusal of a file that was written to."""
        return _changed(self.path)

    def read(self, offset: int, length: int) -> bytes:
        """Read a part of the file; raises PublishError if it is not there any more."""
        try:
            with self.path.open("rb", buffering=0) as file:
                file.seek(offset)
                content = file.read(length) or b""
        except OSError as error:
            raise self.changed() from error
        if len(content) != length:
            raise self.changed()
        return content


def read_sources(folder: Path, added: Mapping[str, Path] = MappingProxyType({})) -> list[Source]:
    """Read every file of a folder, several at once, and files from elsewhere as if they lay at a path in it.

    Raises PublishError for one that cannot be read or changes meanwhile.
    """
    found = {path.relative_to(folder).as_posix(): path for path in files_of(folder)}
    with ThreadPoolExecutor(_READERS) as readers:
        return list(readers.map(lambda each: _source(*each), sorted({**found, **added}.items())))


def demand_short(sources: Sequence[Source], prefix: str) -> None:
    """Raise PublishError for paths that are too long for a key below a prefix."""
    names = (source.entry.path for source in sources)
    if long := [name for name in names if len(f"{prefix}{name}".encode()) > MAX_KEY_BYTES]:
        message = f"is too long: with {prefix} before it, it may have {MAX_KEY_BYTES} bytes at most. Shorten it."
        raise PublishError(Problem(name, message) for name in long)


def _source(name: str, path: Path) -> Source:
    digest = hashlib.sha256()
    try:
        with path.open("rb", buffering=0) as file:
            before = os.fstat(file.fileno())
            while chunk := file.read(_READ_BYTES):
                digest.update(chunk)
    except OSError as error:
        raise PublishError([Problem(str(path), f"cannot be read: {error.strerror}.")]) from error
    entry = FileEntry(name, before.st_size, digest.hexdigest())
    source = Source(path, entry, _stamp(before))
    if source.is_changed():
        raise _changed(path)
    return source


def _stamp(found: os.stat_result) -> tuple[int, int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _changed(path: Path) -> PublishError:
    message = "was changed while it was published. Publish the folder when nothing writes to it any more."
    return PublishError([Problem(str(path), message)])
