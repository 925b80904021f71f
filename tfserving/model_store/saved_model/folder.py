"""The files of a folder, links followed as TensorFlow follows them."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tfserving.errors import Problem
from tfserving.model_store.manifest import MAX_FILES, is_safe

# Git LFS leaves a small text in place of a file that it has not fetched: its specification, version 1.
_LFS_POINTER: Final = b"version https://git-lfs.github.com/spec/"
_LFS_BYTES: Final = 1024


@dataclass
class Files:
    """A folder's regular files by their path below it, and what keeps the folder from being published as it is.

    `spoilt` are files and folders, the latter with a slash at their end, of which a problem says already that their
    content is not there to be looked into.
    """

    root: Path
    paths: dict[str, Path] = field(default_factory=dict)
    spoilt: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def complain(self, message: str) -> None:
        """Add a problem of the whole folder."""
        self.problems.append(Problem(str(self.root), message))

    def readable(self, name: str) -> Path | None:
        """Give the path of a file whose content can be looked into; None if there is no such file."""
        return None if name in self.spoilt else self.paths.get(name)

    def lacks(self, name: str) -> bool:
        """Tell whether a file is not there, and no problem says so already of it or of a folder it would lie in."""
        folders = {name[: end + 1] for end, letter in enumerate(name) if letter == "/"}
        return name not in self.paths and not self.spoilt & {"", name, *folders}


def walk(root: Path) -> Files:
    """Give the files of a folder, sorted, as they would be published."""
    files = Files(root)
    for name, path in _files(files, root, "", frozenset()):
        if len(files.paths) == MAX_FILES:
            files.complain(f"has more than {MAX_FILES} files, the most a version can have. Pack the assets into fewer.")
            break
        files.paths[name] = path
        if not is_safe(name):
            files.complain(f"has the file {name!r}, whose name the store cannot hold. Rename it.")
        else:
            _look_into(files, name, path)
    files.paths = dict(sorted(files.paths.items()))
    return files


def _files(files: Files, folder: Path, prefix: str, above: frozenset[str]) -> Iterator[tuple[str, Path]]:
    place = os.path.realpath(folder)
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        files.spoilt.add(prefix)
        files.complain(f"cannot be read at {prefix or '.'!r}: {error.strerror}. Make it readable to you.")
        return
    for entry in entries:
        name = f"{prefix}{entry.name}"
        mode = _mode(files, entry, name)
        if mode is None:
            files.spoilt |= {name, f"{name}/"}
            continue
        if stat.S_ISREG(mode):
            yield name, folder / entry.name
        elif not stat.S_ISDIR(mode):
            files.complain(f"has {name!r}, which is neither a file nor a folder. Remove it.")
        elif os.path.realpath(entry.path) in {place, *above}:
            files.complain(f"has the link {name!r}, which leads back to a folder above it. Remove the link.")
        else:
            yield from _files(files, folder / entry.name, f"{name}/", above | {place})


def _mode(files: Files, entry: os.DirEntry[str], name: str) -> int | None:
    """Give the mode of what an entry leads to; None, and a problem, if that is nothing that can be published."""
    try:
        mode = entry.stat().st_mode
    except OSError as error:
        # The commonest of them leads to what git-annex or DVC has not fetched.
        kind = "link" if entry.is_symlink() else "file"
        target = f" to {os.readlink(entry.path)!r}" if entry.is_symlink() else ""
        files.complain(
            f"has the {kind} {name!r}{target}, which cannot be followed: {error.strerror}. "
            "Put the file itself in its place, or remove it."
        )
        return None
    root = os.path.realpath(files.root)
    if entry.is_symlink() and not Path(os.path.realpath(entry.path)).is_relative_to(root):
        files.complain(f"has the link {name!r}, which leads out of it. Put the file itself in its place.")
        return None
    return mode


def _look_into(files: Files, name: str, path: Path) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(len(_LFS_POINTER))
            size = os.fstat(file.fileno()).st_size
    except OSError as error:
        files.spoilt.add(name)
        files.complain(f"has the file {name!r}, which cannot be read: {error.strerror}. Make it readable to you.")
        return
    if start == _LFS_POINTER and size <= _LFS_BYTES:
        files.spoilt.add(name)
        files.complain(f"has the file {name!r}, which is a Git LFS pointer, not the file itself. Run `git lfs pull`.")
