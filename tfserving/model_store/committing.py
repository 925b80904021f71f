"""The manifest's write, which makes a version of what was uploaded."""

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from tfserving.errors import Problem, TfServingError
from tfserving.model_store.conditions import is_absent, is_refused
from tfserving.model_store.layout import MAX_VERSION, MODEL_NAME, manifest_key
from tfserving.model_store.manifest import Manifest, render_manifest

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# A folder's name on a machine's disk, in bytes.
_LONGEST_NAME: Final = 255
_ATTEMPTS: Final = 5
_TOKEN: Final = "written-by"  # noqa: S105 (a metadata key)


def version_problems(model: str, version: int | None) -> Iterator[Problem]:
    """Find what keeps servers from taking a model's name or a version's number."""
    if not MODEL_NAME.fullmatch(model):
        rule = "letters, digits, '_', '.' and '-', with at least one letter"
        yield Problem("model", f"{model!r} cannot be a model's name: use {rule}.")
    elif len(model) > _LONGEST_NAME:
        yield Problem("model", f"{model!r} has {len(model)} letters; a folder's name has {_LONGEST_NAME}.")
    if version is not None and version < 0:
        yield Problem("version", f"{version} is below 0. Versions count from 0.")
    if version is not None and version > MAX_VERSION:
        yield Problem("version", f"{version} is above {MAX_VERSION}, the highest that servers read.")


def complete(client: "S3Client", bucket: str, model: str, version: int, manifest: Manifest) -> bool:
    """Write a version's manifest if there is none; False if somebody else was quicker."""
    key, token = manifest_key(model, version), uuid.uuid4().hex
    for _ in range(_ATTEMPTS):
        if _written(client, bucket, key, render_manifest(manifest).encode(), token):
            return True
        if (writer := _writer(client, bucket, key)) is not None:
            # The SDK repeats a write whose answer was lost, and then it is refused because of itself.
            return writer == token
    raise TfServingError(f"s3://{bucket}/{key} is being written by somebody else all the time. Publish it again.")


def _written(client: "S3Client", bucket: str, key: str, body: bytes, token: str) -> bool:
    from botocore.exceptions import ClientError

    try:
        client.put_object(
            Bucket=bucket,
            Key=key,
            Body=body,
            ContentType="application/json",
            Metadata={_TOKEN: token},
            IfNoneMatch="*",
        )
    except ClientError as error:
        if not is_refused(error):
            raise
        return False
    return True


def _writer(client: "S3Client", bucket: str, key: str) -> str | None:
    """Give the token of whoever wrote a manifest, empty if it has none; None if there is no manifest."""
    from botocore.exceptions import ClientError

    try:
        return client.head_object(Bucket=bucket, Key=key).get("Metadata", {}).get(_TOKEN, "")
    except ClientError as error:
        if not is_absent(error):
            raise
        return None
