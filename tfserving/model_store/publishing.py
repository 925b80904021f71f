"""Putting a SavedModel into the store: files first, the manifest last."""

import base64
import hashlib
import os
import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tfserving.errors import Problem, ProblemsError, TfServingError
from tfserving.model_store.layout import (
    MANIFEST,
    MAX_KEY_BYTES,
    MAX_VERSION,
    MODEL_NAME,
    bucket_mistake,
    manifest_key,
    version_prefix,
)
from tfserving.model_store.manifest import FileEntry, Manifest, render_manifest
from tfserving.model_store.reading import is_complete, list_uploads
from tfserving.model_store.saved_model import SERVE, files_of, folder_problems

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Progress = Callable[[int, int], None]
WORKERS: Final = 4
# The SDK's own threshold for sending a file in parts.
_IN_PARTS: Final = 8 << 20
# A folder's name on a machine's disk, in bytes.
_LONGEST_NAME: Final = 255
_READ_BYTES: Final = 1 << 20


class PublishError(ProblemsError):
    """A SavedModel was not published."""


def publish(
    client: "S3Client",
    bucket: str,
    model: str,
    version: int | None,
    folder: Path,
    progress: Progress = lambda done, total: None,
    tags: Collection[str] = SERVE,
) -> int:
    """Publish a folder as a version of a model, the next one if none is named; gives the version.

    `progress` is told the bytes that are up and the bytes of all; `tags` are those by which servers choose the graph.
    Raises PublishError if the folder is no SavedModel that servers can load, a name does not fit, the version is in the
    store already, or a file changes meanwhile. What an upload left that was interrupted is no version yet: it is
    overwritten.
    """
    _demand_publishable(bucket, model, version, folder, tags)
    chosen = version if version is not None else _next(model, list_uploads(client, bucket, model))
    _demand_new(client, bucket, model, chosen)
    prefix = version_prefix(model, chosen)
    sources = _sources(folder, prefix)
    manifest = Manifest(tuple(source.entry for source in sources))
    _upload(client, bucket, prefix, sources, progress)
    _remove_others(client, bucket, prefix, manifest)
    _complete(client, bucket, model, chosen, manifest)
    return chosen


def _demand_publishable(bucket: str, model: str, version: int | None, folder: Path, tags: Collection[str]) -> None:
    problems = folder_problems(folder, tags)
    if mistake := bucket_mistake(bucket):
        problems.append(Problem("bucket", mistake))
    if not MODEL_NAME.fullmatch(model):
        rule = "letters, digits, '_', '.' and '-', with at least one letter"
        problems.append(Problem("model", f"{model!r} cannot be a model's name: use {rule}."))
    elif len(model) > _LONGEST_NAME:
        problems.append(Problem("model", f"{model!r} has {len(model)} letters; a folder's name has {_LONGEST_NAME}."))
    if version is not None and version < 0:
        problems.append(Problem("version", f"{version} is below 0. Versions count from 0."))
    if version is not None and version > MAX_VERSION:
        problems.append(Problem("version", f"{version} is above {MAX_VERSION}, the highest that servers read."))
    if problems:
        raise PublishError(problems)


def _next(model: str, uploads: list[int]) -> int:
    if uploads and uploads[-1] == MAX_VERSION:
        raise PublishError([Problem(model, f"has the highest version there can be, {MAX_VERSION}. Name a lower one.")])
    return uploads[-1] + 1 if uploads else 0


def _demand_new(client: "S3Client", bucket: str, model: str, version: int) -> None:
    if is_complete(client, bucket, model, version):
        free = _next(model, list_uploads(client, bucket, model))
        message = f"is in the store already, and a published version never changes. Publish as {free}."
        raise PublishError([Problem(f"{model}/{version}", message)])


@dataclass(frozen=True)
class _Source:
    """A file as it was when its bytes were read: any write to it changes the stamp."""

    path: Path
    entry: FileEntry
    stamp: tuple[int, int, int, int]

    def is_changed(self) -> bool:
        try:
            return _stamp(self.path.stat()) != self.stamp
        except OSError:
            return True


def _sources(folder: Path, prefix: str) -> list[_Source]:
    sources = [_source(folder, path) for path in files_of(folder)]
    names = (source.entry.path for source in sources)
    if long := [name for name in names if len(f"{prefix}{name}".encode()) > MAX_KEY_BYTES]:
        message = f"is too long: with {prefix} before it, it may have {MAX_KEY_BYTES} bytes at most. Shorten it."
        raise PublishError(Problem(name, message) for name in long)
    return sources


def _source(folder: Path, path: Path) -> _Source:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            before = os.fstat(file.fileno())
            while chunk := file.read(_READ_BYTES):
                digest.update(chunk)
    except OSError as error:
        raise PublishError([Problem(str(path), f"cannot be read: {error.strerror}.")]) from error
    entry = FileEntry(path.relative_to(folder).as_posix(), before.st_size, digest.hexdigest())
    source = _Source(path, entry, _stamp(before))
    if source.is_changed():
        raise _changed(path)
    return source


def _stamp(found: os.stat_result) -> tuple[int, int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _changed(path: Path) -> PublishError:
    message = "was changed while it was published. Publish the folder when nothing writes to it any more."
    return PublishError([Problem(str(path), message)])


def _upload(
    client: "S3Client",
    bucket: str,
    prefix: str,
    sources: Sequence[_Source],
    progress: Progress,
) -> None:
    done = 0
    total = sum(source.entry.size for source in sources)
    lock = threading.Lock()

    def tell(count: int) -> None:
        nonlocal done
        with lock:
            done += count
            progress(done, total)

    def upload(source: _Source) -> None:
        key, checksum = f"{prefix}{source.entry.path}", _checksum(source.entry)
        try:
            client.upload_file(str(source.path), bucket, key, ExtraArgs=checksum, Callback=tell)
        except Exception as error:
            # What S3 or the disk says of a file that changes is not what helps.
            if source.is_changed():
                raise _changed(source.path) from error
            raise
        if source.is_changed():
            raise _changed(source.path)

    with ThreadPoolExecutor(WORKERS) as workers:
        list(workers.map(upload, sources))


def _checksum(entry: FileEntry) -> dict[str, str]:
    if entry.size < _IN_PARTS:
        # S3 refuses bytes that have another.
        return {"ChecksumSHA256": base64.b64encode(bytes.fromhex(entry.sha256)).decode()}
    # Of a file in several parts S3 checks each part as it arrives, and cannot check the whole.
    return {"ChecksumAlgorithm": "SHA256"}


def _remove_others(client: "S3Client", bucket: str, prefix: str, manifest: Manifest) -> None:
    # A manifest is none of ours yet, but of somebody who was quicker.
    ours = {f"{prefix}{path}" for path in (MANIFEST, *(entry.path for entry in manifest.files))}
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for found in page.get("Contents", ()):
            if found["Key"] not in ours:
                client.delete_object(Bucket=bucket, Key=found["Key"])


def _complete(client: "S3Client", bucket: str, model: str, version: int, manifest: Manifest) -> None:
    from botocore.exceptions import ClientError

    try:
        # Only if there is none: of two who publish the same version at once, one is refused.
        client.put_object(
            Bucket=bucket,
            Key=manifest_key(model, version),
            Body=render_manifest(manifest).encode(),
            ContentType="application/json",
            IfNoneMatch="*",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "PreconditionFailed":
            raise
        raise TfServingError(f"{model}/{version} was published by somebody else at the same time.") from error
