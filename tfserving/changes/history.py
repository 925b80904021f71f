"""The versions of models.config in S3, and what changed with each."""

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from tfserving.changes.differences import Difference, differences
from tfserving.changes.steps import ChangeError
from tfserving.errors import ServerConfigError
from tfserving.protos.server_config_pb2 import ModelServerConfig
from tfserving.server_configs import parse_models

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MODELS_KEY: Final = "configs/models.config"
# In the text, since Pulumi would take other metadata than its own for a difference to mend.
HEADER: Final = "# Written by tfs: {change}; by {author}.\n"
_HEADER: Final = re.compile(r"# Written by (?:tfs: (?P<change>[^\n]*); by (?P<author>[^\n]*)\.|Pulumi)")
_UNKNOWN: Final = frozenset({"NoSuchVersion", "NoSuchKey", "InvalidArgument", "MethodNotAllowed", "404", "405", "400"})


@dataclass(frozen=True)
class Version:
    """One version of the object, as against the one before it.

    `writer` is 'pulumi', 'tfs', or None for anybody else; `author` and `change` are known of what tfs wrote. `problem`
    says why nothing can be told of its content; a version that deletes the object has one, too.
    """

    version_id: str
    time: datetime.datetime
    newest: bool
    writer: str | None = None
    author: str | None = None
    change: str | None = None
    differences: tuple[Difference, ...] = ()
    problem: str | None = None


@dataclass(frozen=True)
class _Found:
    version_id: str
    time: datetime.datetime
    newest: bool
    deleted: bool


def history(client: "S3Client", bucket: str, limit: int = 20) -> list[Version]:
    """List the versions of a stack's models.config, the newest first, `limit` at most."""
    found = list(islice(_found(client, bucket), limit + 1))
    texts = [None if each.deleted else _text(client, bucket, each.version_id) for each in found]
    configs = [_parsed(text) for text in texts]
    # The oldest one there is is compared with nothing served.
    befores = [*configs[1:], ModelServerConfig()]
    versions = map(_version, found, texts, configs, befores)
    return list(versions)[:limit]


def version_text(client: "S3Client", bucket: str, version_id: str) -> str:
    """Read one version; raises ChangeError if there is none with that id."""
    from botocore.exceptions import ClientError

    try:
        return _text(client, bucket, version_id)
    except ClientError as error:
        if error.response["Error"]["Code"] in _UNKNOWN:
            raise ChangeError(
                f"{version_id!r} is no version of s3://{bucket}/{MODELS_KEY}. `tfs history` lists them."
            ) from error
        raise


def _text(client: "S3Client", bucket: str, version_id: str) -> str:
    body = client.get_object(Bucket=bucket, Key=MODELS_KEY, VersionId=version_id)["Body"].read()
    return body.decode(errors="replace")


def _found(client: "S3Client", bucket: str) -> Iterator[_Found]:
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=MODELS_KEY):
        versions = [(entry, False) for entry in page.get("Versions", ()) if entry["Key"] == MODELS_KEY]
        deletions = [(entry, True) for entry in page.get("DeleteMarkers", ()) if entry["Key"] == MODELS_KEY]
        entries = [
            _Found(entry["VersionId"], entry["LastModified"], entry["IsLatest"], deleted)
            for entry, deleted in (*versions, *deletions)
        ]
        # S3 gives each kind newest first; versions of the same second keep that order.
        yield from sorted(entries, key=lambda each: (each.newest, each.time), reverse=True)


def _parsed(text: str | None) -> ModelServerConfig | ServerConfigError | None:
    if text is None:
        return None
    try:
        return parse_models(text, MODELS_KEY)
    except ServerConfigError as error:
        return error


def _version(
    found: _Found,
    text: str | None,
    config: ModelServerConfig | ServerConfigError | None,
    before: ModelServerConfig | ServerConfigError | None,
) -> Version:
    header = _HEADER.match(text or "")
    writer = ("tfs" if header["change"] else "pulumi") if header else None
    author, change = (header["author"], header["change"]) if header else (None, None)
    if isinstance(config, ModelServerConfig):
        against = before if isinstance(before, ModelServerConfig) else ModelServerConfig()
        told, problem = tuple(differences(against, config)), None
    else:
        told, problem = (), str(config) if config else "the object was deleted"
    known = author if author != "-" else None
    return Version(found.version_id, found.time, found.newest, writer, known, change, told, problem)
