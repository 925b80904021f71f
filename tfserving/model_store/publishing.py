"""Putting a SavedModel into the store: files first, the manifest last."""

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tfserving.errors import Problem, ProblemsError, TfServingError
from tfserving.model_store.layout import MANIFEST, MODEL_NAME, manifest_key, version_prefix
from tfserving.model_store.manifest import FileEntry, Manifest, render_manifest
from tfserving.model_store.reading import is_complete, list_uploads
from tfserving.model_store.saved_model import files_of, folder_problems

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Progress = Callable[[int, int], None]
WORKERS: Final = 4
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
) -> int:
    """Publish a folder as a version of a model, the next one if none is named; gives the version.

    `progress` is told the bytes that are up and the bytes of all. Raises PublishError if the folder is no complete
    SavedModel, the name does not fit, or the version is in the store already. What an upload left that was interrupted
    is no version yet: it is overwritten.
    """
    _demand_publishable(model, version, folder)
    chosen = version if version is not None else _next(list_uploads(client, bucket, model))
    _demand_new(client, bucket, model, chosen)
    manifest = Manifest(tuple(_entry(folder, path) for path in files_of(folder)))
    prefix = version_prefix(model, chosen)
    _upload(client, bucket, prefix, folder, manifest, progress)
    _remove_others(client, bucket, prefix, manifest)
    _complete(client, bucket, model, chosen, manifest)
    return chosen


def _demand_publishable(model: str, version: int | None, folder: Path) -> None:
    problems = folder_problems(folder)
    if not MODEL_NAME.fullmatch(model):
        rule = "letters, digits, '_', '.' and '-', with at least one letter"
        problems.append(Problem("model", f"{model!r} cannot be a model's name: use {rule}."))
    if version is not None and version < 0:
        problems.append(Problem("version", f"{version} is below 0. Versions count from 0."))
    if problems:
        raise PublishError(problems)


def _next(uploads: list[int]) -> int:
    return uploads[-1] + 1 if uploads else 0


def _demand_new(client: "S3Client", bucket: str, model: str, version: int) -> None:
    if is_complete(client, bucket, model, version):
        free = _next(list_uploads(client, bucket, model))
        message = f"is in the store already, and a published version never changes. Publish as {free}."
        raise PublishError([Problem(f"{model}/{version}", message)])


def _entry(folder: Path, path: Path) -> FileEntry:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_READ_BYTES):
            digest.update(chunk)
    return FileEntry(path.relative_to(folder).as_posix(), path.stat().st_size, digest.hexdigest())


def _upload(
    client: "S3Client",
    bucket: str,
    prefix: str,
    folder: Path,
    manifest: Manifest,
    progress: Progress,
) -> None:
    done = 0
    lock = threading.Lock()

    def tell(count: int) -> None:
        nonlocal done
        with lock:
            done += count
            progress(done, manifest.size)

    def upload(entry: FileEntry) -> None:
        # S3 checks the checksum as the bytes arrive.
        client.upload_file(
            str(folder / entry.path),
            bucket,
            f"{prefix}{entry.path}",
            ExtraArgs={"ChecksumAlgorithm": "SHA256"},
            Callback=tell,
        )

    with ThreadPoolExecutor(WORKERS) as workers:
        list(workers.map(upload, manifest.files))


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
