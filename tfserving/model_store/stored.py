"""What lies in the store below a version's prefix, complete or not."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from tfserving.model_store.layout import MANIFEST, RESERVATION, version_prefix

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_READ_BYTES: Final = 1 << 20
_OWN: Final = frozenset({MANIFEST, RESERVATION})


@dataclass(frozen=True)
class StoredFile:
    """An object below a version's prefix, by its path there."""

    path: str
    size: int
    etag: str
    modified: datetime


def stored_files(client: "S3Client", bucket: str, model: str, version: int) -> Iterator[StoredFile]:
    """List a version's files; its manifest and reservation are none."""
    prefix = version_prefix(model, version)
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for found in page.get("Contents", ()):
            path = found["Key"].removeprefix(prefix)
            if path not in _OWN:
                yield StoredFile(path, found["Size"], found["ETag"], found["LastModified"])


def stored_sha256(client: "S3Client", bucket: str, key: str, etag: str = "") -> str:
    """Give an object's sha256 as hex: S3's own where it has one of the whole, else by reading it once.

    With an `etag` the object must still be the one that has it.
    """
    same: Any = {"IfMatch": etag} if etag else {}
    head = client.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED", **same)
    known = head.get("ChecksumSHA256", "")
    # Of an object sent in parts, S3's sha256 is one of the parts' checksums, with their number after a dash.
    if known and "-" not in known and head.get("ChecksumType", "FULL_OBJECT") == "FULL_OBJECT":
        return base64.b64decode(known).hex()
    digest = hashlib.sha256()
    body = client.get_object(Bucket=bucket, Key=key, **same)["Body"]
    for chunk in body.iter_chunks(_READ_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def remove(client: "S3Client", bucket: str, model: str, version: int, file: StoredFile) -> None:
    """Remove a file, if it is still the one that was listed."""
    from botocore.exceptions import ClientError

    from tfserving.model_store.conditions import is_refused

    try:
        client.delete_object(Bucket=bucket, Key=f"{version_prefix(model, version)}{file.path}", IfMatch=file.etag)
    except client.exceptions.NoSuchKey:
        return
    except ClientError as error:
        if not is_refused(error):
            raise
