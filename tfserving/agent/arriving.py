"""Files on their way from the store: a large one in ranges side by side, each written to its place."""

import hashlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tfserving.errors import TfServingError
from tfserving.model_store.manifest import FileEntry, Manifest
from tfserving.model_store.pipeline import in_order

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

WORKERS: Final = 8
RANGE_BYTES: Final = 8 << 20
# What has arrived and is not in the file's checksum yet. Three versions at once stay below 300 MB with all else.
BUDGET_BYTES: Final = 48 << 20
# The SDK tries a request again, but not what breaks while its body is read.
_ATTEMPTS: Final = 3
_REMEDY: Final = "Publish the model again, under a new version."


class MirrorError(TfServingError):
    """A version could not be brought to this machine; the text says why and what helps."""


@dataclass
class _File:
    entry: FileEntry
    key: str
    path: Path
    # Of the first range that arrived: all are asked of this very object from then on.
    etag: str = ""
    digest: Any = field(default_factory=hashlib.sha256)


@dataclass(frozen=True)
class _Range:
    file: _File
    offset: int
    length: int

    @property
    def is_whole(self) -> bool:
        return self.length == self.file.entry.size

    @property
    def is_last(self) -> bool:
        return self.offset + self.length == self.file.entry.size


class Arrivals:
    """Brings the files of versions into folders; `downloaded` is told every byte count as it arrives."""

    def __init__(self, client: "S3Client", bucket: str, downloaded: Callable[[int], None]) -> None:
        self._client = client
        self._bucket = bucket
        self._downloaded = downloaded

    def bring(self, prefix: str, manifest: Manifest, folder: Path) -> None:
        """Download what a manifest lists into an empty folder; raises MirrorError if a file is missing or another."""
        for parent in {(folder / entry.path).parent for entry in manifest.files}:
            parent.mkdir(parents=True, exist_ok=True)
        files = (_File(entry, f"{prefix}{entry.path}", folder / entry.path) for entry in manifest.files)
        ranges = (part for file in files for part in _ranges(file))
        with ThreadPoolExecutor(WORKERS) as workers:
            arrived = in_order(workers, self._fetch, ranges, lambda part: part.length, BUDGET_BYTES)
            for part, content in arrived:
                # The checksum of a file is made from its start to its end, however its ranges arrive.
                part.file.digest.update(content)
                if part.is_last:
                    self._demand_equal(part.file)

    def _fetch(self, part: _Range) -> tuple[_Range, bytes]:
        content = self._read(part)
        _write(part, content)
        self._downloaded(len(content))
        if part.is_whole:
            part.file.digest.update(content)
            return part, b""
        return part, content

    def _read(self, part: _Range) -> bytes:
        from botocore.exceptions import IncompleteReadError, ReadTimeoutError, ResponseStreamingError

        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._get(part)["Body"].read()
            except (IncompleteReadError, ReadTimeoutError, ResponseStreamingError):
                if attempt == _ATTEMPTS:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def _get(self, part: _Range) -> "GetObjectOutputTypeDef":
        from botocore.exceptions import ClientError

        file = part.file
        try:
            response = self._client.get_object(Bucket=self._bucket, Key=file.key, **_asked(part))
        except ClientError as error:
            raise self._refused(file, error) from error
        size = _size(response)
        if size != file.entry.size:
            raise MirrorError(
                f"{self._where(file)} is not what was published: {size} bytes, where the manifest has "
                f"{file.entry.size}. {_REMEDY}"
            )
        file.etag = file.etag or response["ETag"]
        return response

    def _refused(self, file: _File, error: Exception) -> Exception:
        code = getattr(error, "response", {}).get("Error", {}).get("Code")
        if code == "NoSuchKey":
            return MirrorError(f"{self._where(file)} is missing, though its version's manifest lists it.")
        if code in ("InvalidRange", "PreconditionFailed"):
            return MirrorError(
                f"{self._where(file)} is not what was published: it is shorter, or was written while it was "
                f"downloaded. {_REMEDY}"
            )
        return error

    def _demand_equal(self, file: _File) -> None:
        sha256 = file.digest.hexdigest()
        if sha256 != file.entry.sha256:
            raise MirrorError(
                f"{self._where(file)} is not what was published: {file.entry.size} bytes with sha256 {sha256}, where "
                f"the manifest has {file.entry.sha256}. {_REMEDY}"
            )

    def _where(self, file: _File) -> str:
        return f"s3://{self._bucket}/{file.key}"


def _ranges(file: _File) -> Iterator[_Range]:
    # A file without bytes has no range, but is there.
    for offset in range(0, max(1, file.entry.size), RANGE_BYTES):
        yield _Range(file, offset, min(RANGE_BYTES, file.entry.size - offset))


def _asked(part: _Range) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    if not part.is_whole:
        asked["Range"] = f"bytes={part.offset}-{part.offset + part.length - 1}"
    if part.file.etag:
        asked["IfMatch"] = part.file.etag
    return asked


def _size(response: "GetObjectOutputTypeDef") -> int:
    """Give the whole object's size: after the slash, where only a range was asked for."""
    return int(response["ContentRange"].rpartition("/")[2]) if "ContentRange" in response else response["ContentLength"]


def _write(part: _Range, content: bytes) -> None:
    # Unlike "wb" by its name, this leaves alone what other ranges have written.
    with open(os.open(part.file.path, os.O_WRONLY | os.O_CREAT, 0o644), "wb") as file:
        file.seek(part.offset)
        file.write(content)
