"""The config bucket: what Pulumi wants of this machine, and what this machine says of itself."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tfserving.errors import TfServingError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MODELS_KEY: Final = "configs/models.config"
_NOT_MODIFIED: Final = frozenset({"304", "NotModified"})
_MISSING: Final = frozenset({"NoSuchKey", "404"})


@dataclass(frozen=True)
class ConfigObject:
    """models.config as it lies in S3."""

    text: str
    etag: str
    version_id: str

    @property
    def sha256(self) -> str:
        """Give the sha256 of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


class ConfigBucket:
    """Reads the configs, writes the status."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def models_config(self, known: ConfigObject | None) -> ConfigObject:
        """Read models.config; the one known is given back if it has not changed.

        Raises TfServingError if there is none.
        """
        from botocore.exceptions import ClientError

        condition: dict[str, Any] = {"IfNoneMatch": known.etag} if known else {}
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=MODELS_KEY, **condition)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if known and code in _NOT_MODIFIED:
                return known
            if code in _MISSING:
                raise TfServingError(f"s3://{self._bucket}/{MODELS_KEY} is missing. `pulumi up` writes it.") from error
            raise
        return ConfigObject(answer["Body"].read().decode(), answer["ETag"], answer.get("VersionId", ""))

    def boot_file(self, name: str, sha256: str) -> bytes:
        """Read a file the server reads at boot, in the version this machine was made for.

        Another version may be the newest by now: then the machine that it was written for is about to replace this one.
        Raises TfServingError if no version has the content.
        """
        key = f"configs/{name}"
        for version_id in self._version_ids(key):
            body = self._client.get_object(Bucket=self._bucket, Key=key, VersionId=version_id)["Body"].read()
            if hashlib.sha256(body).hexdigest() == sha256:
                return body
        raise TfServingError(
            f"No version of s3://{self._bucket}/{key} has the sha256 {sha256} this machine was made for. "
            "`pulumi up` writes the object, or makes a machine for the one there is."
        )

    def newest(self, name: str) -> bytes:
        """Read a file as it is in S3 now; raises TfServingError if there is none."""
        from botocore.exceptions import ClientError

        key = f"configs/{name}"
        try:
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in _MISSING:
                raise TfServingError(f"s3://{self._bucket}/{key} is missing. `pulumi up` writes it.") from error
            raise

    def write_status(self, instance_id: str, status: dict[str, Any]) -> None:
        """Write this machine's status object."""
        self._client.put_object(
            Bucket=self._bucket,
            Key=f"status/{instance_id}.json",
            Body=json.dumps(status, indent=1).encode(),
            ContentType="application/json",
        )

    def _version_ids(self, key: str) -> Iterator[str]:
        for page in self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=key):
            yield from (version["VersionId"] for version in page.get("Versions", ()) if version["Key"] == key)
