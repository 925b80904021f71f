"""Reading the store."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tfserving.model_store.layout import (
    MANIFEST,
    MODEL_NAME,
    MODELS,
    manifest_key,
    model_prefix,
    version_of,
    version_prefix,
)
from tfserving.model_store.manifest import MAX_BYTES, Manifest, parse_manifest

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def list_versions(client: "S3Client", bucket: str, model: str) -> list[int]:
    """List the complete versions of a model, oldest number first: those with a manifest."""
    return [version for version in list_uploads(client, bucket, model) if is_complete(client, bucket, model, version)]


def list_models(client: "S3Client", bucket: str) -> list[str]:
    """List every model of which there is anything, by name."""
    return sorted(name for name in _folders(client, bucket, MODELS) if MODEL_NAME.fullmatch(name))


def list_uploads(client: "S3Client", bucket: str, model: str) -> list[int]:
    """List every version of a model of which there is anything, complete or not."""
    return sorted(
        version
        for folder in _folders(client, bucket, model_prefix(model))
        if (version := version_of(folder)) is not None
    )


def read_manifest(client: "S3Client", bucket: str, model: str, version: int) -> Manifest | None:
    """Read a version's manifest, or None if the version is not complete.

    Raises ManifestError if there is one that cannot be trusted.
    """
    key = manifest_key(model, version)
    try:
        body = client.get_object(Bucket=bucket, Key=key)["Body"].read(MAX_BYTES + 1)
    except client.exceptions.NoSuchKey:
        return None
    return parse_manifest(body, f"s3://{bucket}/{key}")


def is_complete(client: "S3Client", bucket: str, model: str, version: int) -> bool:
    """Tell whether a version has its manifest."""
    # A listing, because asking for the object itself needs rights to read it.
    prefix = f"{version_prefix(model, version)}{MANIFEST}"
    return client.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1).get("KeyCount", 0) > 0


def _folders(client: "S3Client", bucket: str, prefix: str) -> Iterator[str]:
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, Delimiter="/")
    for page in pages:
        for common in page.get("CommonPrefixes", ()):
            yield common["Prefix"].removeprefix(prefix).rstrip("/")
