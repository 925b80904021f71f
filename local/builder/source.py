"""The source of a build: an archive in S3."""

import io
import zipfile
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local.builder.report import PhaseError


def fetch(s3: Any, location: str, folder: Path) -> None:
    """Unpack the archive at `<bucket>/<key>`; raises PhaseError if it cannot be had."""
    bucket, _, key = location.partition("/")
    try:
        content = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        answer = error.response
        raise PhaseError(
            "CLIENT_ERROR",
            f"{answer['Error']['Code']}: {answer['Error']['Message']} "
            f"status code: {answer['ResponseMetadata']['HTTPStatusCode']} "
            f"for primary source and source version arn:aws:s3:::{location}",
        ) from error
    try:
        unpack(content, folder)
    except zipfile.BadZipFile as error:
        raise PhaseError("CLIENT_ERROR", f"zip: not a valid zip file: {error} for primary source") from error


def unpack(content: bytes, folder: Path) -> None:
    """Unpack an archive with the rights that it gives its files."""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            path = Path(archive.extract(entry, folder))
            if mode := entry.external_attr >> 16 & 0o777:
                path.chmod(mode)
