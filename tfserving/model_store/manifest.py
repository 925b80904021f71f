"""The list of a version's files, written last: a version without one is not complete."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from tfserving.errors import Problem, ProblemsError
from tfserving.model_store.layout import MANIFEST, MAX_KEY_BYTES, RESERVATION

FORMAT: Final = 1
SAVED_MODEL: Final = "saved_model.pb"
# Servers load either, the first before the second.
SAVED_MODELS: Final = frozenset({SAVED_MODEL, "saved_model.pbtxt"})
# A SavedModel has a handful of files, and some have a few thousand assets. Each is a request to S3, and is looked at in
# every round of every machine, so that this many take a second of each.
MAX_FILES: Final = 100_000
# As many files as that with paths of a thousand bytes.
MAX_BYTES: Final = 128 << 20
MAX_SIZE: Final = (1 << 63) - 1
_MAX_PART_BYTES: Final = 255
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
# Backslashes are slashes elsewhere; S3 lists keys as XML, without control characters; UTF-8 has no lone surrogates.
_UNSAFE: Final = re.compile(r"[\\\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_MOST_TOLD: Final = 20
_LONGEST_SHOWN: Final = 120
_REMEDY: Final = "Publish the version again, under a new number."


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


def digest_of(manifest: Manifest) -> str:
    """Give the sha256, as hex, that stands for a version's whole content."""
    return hashlib.sha256(render_manifest(manifest).encode()).hexdigest()


def render_manifest(manifest: Manifest) -> str:
    """Write a manifest as JSON, files sorted by path."""
    files = [{"path": file.path, "size": file.size, "sha256": file.sha256} for file in sorted(manifest.files)]
    return json.dumps({"format": FORMAT, "files": files}, indent=1) + "\n"


def parse_manifest(text: str | bytes, where: str) -> Manifest:
    """Read a manifest; `where` is named in the messages.

    Raises ManifestError with everything that is wrong: its paths become paths on a machine's disk, so nothing in it is
    taken on trust. A manifest has at most MAX_BYTES, and lists at most MAX_FILES files.
    """
    try:
        content = _json(text)
    except ValueError as error:
        raise ManifestError([Problem(where, f"{error}. {_REMEDY}")]) from error
    problems = [Problem(where, message) for message in islice(_mistakes(content), _MOST_TOLD)]
    if problems:
        raise ManifestError(problems)
    return Manifest(tuple(sorted(FileEntry(file["path"], file["size"], file["sha256"]) for file in content["files"])))


def _json(text: str | bytes) -> Any:
    if len(text) > MAX_BYTES:
        raise ValueError(f"has more than {MAX_BYTES} bytes, the most a manifest can have")
    try:
        return json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError("is not a manifest but JSON of very many levels") from error
    except ValueError as error:
        raise ValueError(f"is not JSON: {error}") from error


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError(f"it has a key twice among {_short([key for key, _ in pairs])}")
    return content


def _no_number(name: str) -> None:
    raise ValueError(f"it has {name}, which is no number of JSON's")


def _mistakes(content: Any) -> Iterator[str]:
    if not isinstance(content, dict) or not isinstance(content.get("files"), list):
        yield f"is not a manifest of format {FORMAT}. {_REMEDY}"
        return
    if type(content.get("format")) is not int or content["format"] != FORMAT:
        yield f"is not a manifest of format {FORMAT}: its format is {_short(content.get('format'))}. {_REMEDY}"
        return
    if len(content["files"]) > MAX_FILES:
        yield f"lists {len(content['files'])} files, but a version has at most {MAX_FILES}. {_REMEDY}"
        return
    yield from _file_mistakes(content["files"])


def _file_mistakes(files: list[Any]) -> Iterator[str]:
    paths: set[str] = set()
    total = 0
    for entry in files:
        if not isinstance(entry, dict) or entry.keys() != {"path", "size", "sha256"}:
            yield f"has the entry {_short(entry)}, but each needs path, size and sha256, and no more."
            continue
        yield from _entry_mistakes(entry)
        path, size = entry["path"], entry["size"]
        if isinstance(path, str) and path in paths:
            yield f"names a file twice: {_short(path)}."
        if isinstance(path, str):
            paths.add(path)
        total += size if _is_size(size) else 0
    yield from _common_mistakes(paths, total)


def _common_mistakes(paths: set[str], total: int) -> Iterator[str]:
    folders = {path[:end] for path in paths for end, letter in enumerate(path) if letter == "/"}
    for both in sorted(paths & folders):
        yield f"names {_short(both)} as a file and as the folder of another."
    if not paths & SAVED_MODELS:
        yield f"does not name {SAVED_MODEL}, without which nothing can be loaded. {_REMEDY}"
    if total > MAX_SIZE:
        yield f"lists {total} bytes in all, but there are at most {MAX_SIZE}."


def _entry_mistakes(entry: dict[str, Any]) -> Iterator[str]:
    path, size, sha256 = entry["path"], entry["size"], entry["sha256"]
    if not isinstance(path, str) or not is_safe(path):
        yield f"names {_short(path)}, which is not a path below the version's folder."
    if not _is_size(size):
        yield f"gives {_short(path)} the size {_short(size)}, which is no number of bytes."
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        yield f"gives {_short(path)} the sha256 {_short(sha256)}, which is not 64 hex digits."


def _is_size(size: Any) -> bool:
    return type(size) is int and 0 <= size <= MAX_SIZE


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def is_safe(path: str) -> bool:
    """Tell whether a path stays below the folder it is joined to, and can be a key in S3 and a file on every disk.

    It is in its simplest form, in UTF-8 without control characters and backslashes, at most 1024 bytes long, and at
    most 255 between two slashes.
    """
    if _UNSAFE.search(path):
        return False
    parts = path.split("/")
    if not all(parts) or "." in parts or ".." in parts or parts[0] in (MANIFEST, RESERVATION):
        return False
    return len(path.encode()) <= MAX_KEY_BYTES and all(len(part.encode()) <= _MAX_PART_BYTES for part in parts)
