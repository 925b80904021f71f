"""The list of a version's files, written last: a version without one is not complete."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from tfserving.errors import Problem, ProblemsError
from tfserving.model_store.layout import MANIFEST

FORMAT: Final = 1
SAVED_MODEL: Final = "saved_model.pb"
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class ManifestError(ProblemsError):
    """A manifest cannot be trusted."""


@dataclass(frozen=True, order=True)
class FileEntry:
    """One file of a version: path below the version's folder, size in bytes, sha256 as hex."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """Every file of a version, by path."""

    files: tuple[FileEntry, ...]

    @property
    def size(self) -> int:
        """Give the size of all files in bytes."""
        return sum(file.size for file in self.files)


def render_manifest(manifest: Manifest) -> str:
    """Write a manifest as JSON, files sorted by path."""
    files = [{"path": file.path, "size": file.size, "sha256": file.sha256} for file in sorted(manifest.files)]
    return json.dumps({"format": FORMAT, "files": files}, indent=1) + "\n"


def parse_manifest(text: str | bytes, where: str) -> Manifest:
    """Read a manifest; `where` is named in the messages.

    Raises ManifestError with everything that is wrong: its paths become paths on a machine's disk, so nothing in it is
    taken on trust.
    """
    try:
        content = json.loads(text)
    except ValueError as error:
        raise ManifestError(
            [Problem(where, f"is not JSON: {error}. Publish the version again, under a new number.")]
        ) from error
    problems = [Problem(where, message) for message in _mistakes(content)]
    if problems:
        raise ManifestError(problems)
    return Manifest(tuple(sorted(FileEntry(file["path"], file["size"], file["sha256"]) for file in content["files"])))


def _mistakes(content: Any) -> Iterator[str]:
    if not isinstance(content, dict) or content.get("format") != FORMAT or not isinstance(content.get("files"), list):
        yield f"is not a manifest of format {FORMAT}."
        return
    paths: list[str] = []
    for entry in content["files"]:
        if not isinstance(entry, dict) or set(entry) != {"path", "size", "sha256"}:
            yield f"has the entry {entry!r}, but each needs path, size and sha256, and no more."
            continue
        yield from _entry_mistakes(entry)
        paths.append(str(entry["path"]))
    if len(set(paths)) != len(paths):
        yield "names a file twice."
    if SAVED_MODEL not in paths:
        yield f"does not name {SAVED_MODEL}, without which nothing can be loaded."


def _entry_mistakes(entry: dict[str, Any]) -> Iterator[str]:
    path, size, sha256 = entry["path"], entry["size"], entry["sha256"]
    if not isinstance(path, str) or not is_safe(path):
        yield f"names {path!r}, which is not a path below the version's folder."
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        yield f"gives {path!r} the size {size!r}, which is no number of bytes."
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        yield f"gives {path!r} the sha256 {sha256!r}, which is not 64 hex digits."


def is_safe(path: str) -> bool:
    """Tell whether a path stays below the folder it is joined to, and is written in its simplest form."""
    parts = path.split("/")
    plain = all(part not in ("", ".", "..") for part in parts) and "\\" not in path and "\0" not in path
    return plain and path != MANIFEST and str(PurePosixPath(path)) == path
