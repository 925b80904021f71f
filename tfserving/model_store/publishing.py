"""Putting a SavedModel into the store: files first, the manifest last."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tfserving.errors import Problem, TfServingError
from tfserving.model_store.layout import (
    MANIFEST,
    MAX_VERSION,
    MODEL_NAME,
    bucket_mistake,
    manifest_key,
    version_prefix,
)
from tfserving.model_store.manifest import Manifest, render_manifest
from tfserving.model_store.reading import is_complete, list_uploads
from tfserving.model_store.saved_model import SERVE, folder_problems
from tfserving.model_store.sources import PublishError as PublishError
from tfserving.model_store.sources import Source, demand_short, read_sources
from tfserving.model_store.uploading import Progress, upload

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# A folder's name on a machine's disk, in bytes.
_LONGEST_NAME: Final = 255


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
    sources = read_sources(folder)
    demand_short(sources, prefix)
    manifest = Manifest(tuple(source.entry for source in sources))
    _clear(client, bucket, prefix)
    _upload(client, bucket, prefix, sources, progress)
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


def _clear(client: "S3Client", bucket: str, prefix: str) -> None:
    # A manifest is none of ours, but of somebody who was quicker.
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for found in page.get("Contents", ()):
            if found["Key"] != f"{prefix}{MANIFEST}":
                client.delete_object(Bucket=bucket, Key=found["Key"])


def _upload(client: "S3Client", bucket: str, prefix: str, sources: list[Source], progress: Progress) -> None:
    done, total = 0, sum(source.entry.size for source in sources)

    def tell(count: int) -> None:
        nonlocal done
        done += count
        progress(done, total)

    if upload(client, bucket, prefix, sources, tell):
        raise TfServingError(f"s3://{bucket}/{prefix} is being published by somebody else at the same time.")


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
