"""Files that are there whole or not at all, whenever the machine stops."""

import contextlib
import ctypes
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tfserving.model_store.layout import MANIFEST, version_of
from tfserving.model_store.manifest import ManifestError, parse_manifest

READABLE: Final = 0o644
PARTIAL: Final = ".partial"


def replace_file(path: Path, content: bytes) -> None:
    """Put a file in its place in one step; the server's user can read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fchmod(file.fileno(), READABLE)
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a folder's entries survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_filesystem(folder: Path) -> None:
    """Make all that was written to a folder's file system survive a power cut.

    One call for any number of files, where a call for each would wait for the disk as often. Raises OSError with the
    folder's name if the disk could not keep something that was written to it (Linux 5.8 and newer).
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(descriptor):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(descriptor)


def sha256_of(path: Path) -> str:
    """Give a file's sha256, or nothing if there is no such file."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""


def lines_of(path: Path) -> list[str]:
    """Give a file's lines, or none if there is no such file."""
    try:
        return path.read_text().split("\n")[:-1]
    except FileNotFoundError:
        return []


def is_complete(folder: Path) -> bool:
    """Tell whether a version's folder has what its manifest lists, by size.

    Contents were verified before the folder got its name, and nothing here changes them afterwards.
    """
    try:
        manifest = parse_manifest((folder / MANIFEST).read_bytes(), str(folder))
        return all((folder / file.path).stat().st_size == file.size for file in manifest.files)
    except (OSError, ManifestError):
        return False


def complete_versions(models: Path, model: str) -> list[int]:
    """List the versions of a model that are on disk."""
    folder = models / model
    names = (path.name for path in folder.iterdir()) if folder.is_dir() else iter(())
    numbers = (version for name in names if (version := version_of(name)) is not None)
    return sorted(version for version in numbers if is_complete(folder / str(version)))


def partial_of(final: Path) -> Path:
    """Name the folder in which a version is assembled."""
    return final.with_name(f".{final.name}{PARTIAL}")


@contextlib.contextmanager
def assembling(final: Path) -> Iterator[Path]:
    """Give a folder to fill, which gets its final name at the end; the server ignores names that are no number.

    What a killed attempt left behind is removed first, and what a failed one leaves behind at once: another version may
    need the room.
    """
    partial = partial_of(final)
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        yield partial
        _give_name(partial, final)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _give_name(partial: Path, final: Path) -> None:
    sync_filesystem(partial)
    if final.exists():
        # Complete versions are never assembled again, so what stands here is broken.
        shutil.rmtree(final)
    partial.rename(final)
    try:
        sync_folder(final.parent)
    except OSError:
        # What is told as failed must not be found later.
        final.rename(partial)
        raise
