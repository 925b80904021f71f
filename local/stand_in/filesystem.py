"""Files by path, as TensorFlow's file systems give them: the machine's own, and S3's up to release 2.6."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .release import reads_s3
from .status import Code, StatusError, invalid, unimplemented

if TYPE_CHECKING:
    from .s3 import S3

S3_SCHEME: Final = "s3://"


def read_bytes(path: str) -> bytes:
    """Read a file; raises StatusError if it cannot be read."""
    if s3 := _s3(path):
        return s3.read_bytes(path)
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise StatusError(Code.NOT_FOUND, f"{path}; {error.strerror}") from error


def exists(path: str) -> bool:
    """Tell whether there is a file or a folder; raises StatusError if S3 does not say."""
    if s3 := _s3(path):
        return s3.exists(path)
    return os.path.exists(path)


def names_under(path: str) -> list[str]:
    """List the names in a folder; raises StatusError if that is impossible."""
    if s3 := _s3(path):
        return s3.names_under(path)
    try:
        return os.listdir(path)
    except OSError as error:
        raise invalid(f"{path}; {error.strerror}") from error


@contextlib.contextmanager
def local_copy(path: str) -> Iterator[str]:
    """Give a folder of this machine with what lies under the path, for the length of a `with`."""
    if s3 := _s3(path):
        with s3.local_copy(path) as folder:
            yield folder
    else:
        yield path


def _s3(path: str) -> "S3 | None":
    if not path.startswith(S3_SCHEME):
        return None
    if not reads_s3():
        raise unimplemented(f"File system scheme 's3' not implemented (file: '{path}')")
    # Imported late: most servers never touch S3, and its client takes a while to import.
    from .s3 import S3, Settings

    return S3(Settings.read(os.environ))
