"""S3 objects whose content is part of the program."""

import base64
import contextlib
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlencode

from botocore.exceptions import ClientError

from local.providers.aws.session import Aws, is_missing
from local.providers.aws.tags import all_tags, from_key_value, key_value
from local.providers.failures import Failure
from local.providers.resource_types import IN_PLACE, REPLACES, Change, ResourceType
from local.providers.wire import UNKNOWN, Values

_MOST_TAGS: Final = 10
_DEFAULT_TYPE: Final = "application/octet-stream"
_HEADERS: Final = {
    "cacheControl": "CacheControl",
    "contentDisposition": "ContentDisposition",
    "contentEncoding": "ContentEncoding",
    "contentLanguage": "ContentLanguage",
    "contentType": "ContentType",
    "kmsKeyId": "SSEKMSKeyId",
    "metadata": "Metadata",
    "serverSideEncryption": "ServerSideEncryption",
}
# A change of any of these is another PutObject, so another version.
_WRITTEN: Final = ("content", "contentBase64", "sourceHash", *_HEADERS)


def _create(aws: Aws, inputs: Values) -> str:
    headers = {name: inputs[key] for key, name in _HEADERS.items() if key in inputs}
    aws.client("s3").put_object(
        Bucket=inputs["bucket"],
        Key=inputs["key"],
        Body=_body(inputs),
        Tagging=urlencode(all_tags(inputs)),
        **{"ContentType": _DEFAULT_TYPE, **headers},
    )
    return str(inputs["key"])


def _body(inputs: Values) -> bytes:
    if "contentBase64" in inputs:
        return base64.b64decode(inputs["contentBase64"])
    return str(inputs.get("content", "")).encode()


def _read(aws: Aws, key: str, known: Values) -> Values | None:
    bucket = known["bucket"]
    try:
        found = aws.client("s3").head_object(Bucket=bucket, Key=key)
        tags = aws.client("s3").get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    return {
        "id": key,
        "arn": f"arn:{aws.partition}:s3:::{bucket}/{key}",
        "contentType": found["ContentType"],
        "etag": found["ETag"].strip('"'),
        "metadata": found["Metadata"],
        "region": aws.region,
        "serverSideEncryption": found.get("ServerSideEncryption", ""),
        "storageClass": found.get("StorageClass", "STANDARD"),
        "tagsAll": from_key_value(tags),
        "versionId": found.get("VersionId", ""),
    }


def _update(aws: Aws, key: str, change: Change) -> None:
    if change.of(*_WRITTEN):
        _create(aws, change.new)
    elif change.of("tagsAll"):
        tagging = {"TagSet": key_value(all_tags(change.new))}
        aws.client("s3").put_object_tagging(Bucket=change.new["bucket"], Key=key, Tagging=tagging)


def _delete(aws: Aws, key: str, state: Values) -> None:
    # All versions go, as the real plugin does it (terraform-provider-aws#4500).
    client = aws.client("s3")
    with contextlib.suppress(client.exceptions.NoSuchBucket):
        for version in _versions(client, state["bucket"], key):
            client.delete_object(Bucket=state["bucket"], Key=key, VersionId=version)


def _versions(client: Any, bucket: str, key: str) -> list[str]:
    pages = client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key)
    found = [entry for page in pages for entry in (*page.get("Versions", []), *page.get("DeleteMarkers", []))]
    return [entry["VersionId"] for entry in found if entry["Key"] == key]


def _check(inputs: Values) -> Iterable[Failure]:
    if "content" in inputs and "contentBase64" in inputs:
        yield Failure("content", "'content' and 'contentBase64' are both set, but an object has one content")
    tags = inputs.get("tagsAll")
    if tags is not UNKNOWN and tags and len(tags) > _MOST_TAGS:
        yield Failure(
            "tags", f"the object has {len(tags)} tags with the provider's default ones, but {_MOST_TAGS} is the most"
        )


OBJECT = ResourceType(
    token="aws:s3/bucketObjectv2:BucketObjectv2",  # noqa: S106 (a type's token)
    inputs={
        "bucket": REPLACES,
        "key": REPLACES,
        **dict.fromkeys(_WRITTEN, IN_PLACE),
        "forceDestroy": IN_PLACE,
        "tags": IN_PLACE,
    },
    create=_create,
    read=_read,
    update=_update,
    delete=_delete,
    computed=("arn", "contentType", "etag", "region", "serverSideEncryption", "storageClass", "versionId"),
    unsettled=dict.fromkeys(_WRITTEN, ("etag", "versionId")),
    check=_check,
)
