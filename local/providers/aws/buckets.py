"""S3 buckets."""

import contextlib
from typing import Any

from botocore.exceptions import ClientError

from local.providers.aws.session import Aws, code, is_missing
from local.providers.aws.tags import all_tags, from_key_value, key_value
from local.providers.failures import ProviderError
from local.providers.resource_types import IN_PLACE, REPLACES, AutoName, Change, ResourceType
from local.providers.wire import Values

_ENDS_WITHOUT_NAME = "us-east-1"
_BATCH = 1000


def _create(aws: Aws, inputs: Values) -> str:
    name = str(inputs["bucket"])
    located = (
        {} if aws.region == _ENDS_WITHOUT_NAME else {"CreateBucketConfiguration": {"LocationConstraint": aws.region}}
    )
    locked = {"ObjectLockEnabledForBucket": True} if inputs.get("objectLockEnabled") else {}
    aws.client("s3").create_bucket(Bucket=name, **located, **locked)
    _tag(aws, name, inputs)
    return name


def _tag(aws: Aws, name: str, inputs: Values) -> None:
    if tags := all_tags(inputs):
        aws.client("s3").put_bucket_tagging(Bucket=name, Tagging={"TagSet": key_value(tags)})
    else:
        aws.client("s3").delete_bucket_tagging(Bucket=name)


def _read(aws: Aws, name: str, _: Values) -> Values | None:
    try:
        aws.client("s3").head_bucket(Bucket=name)
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    return {
        "bucket": name,
        "tagsAll": _tags(aws, name),
        "id": name,
        "arn": f"arn:{aws.partition}:s3:::{name}",
        "bucketDomainName": f"{name}.s3.amazonaws.com",
        "bucketRegionalDomainName": f"{name}.s3.{aws.region}.amazonaws.com",
        "bucketRegion": aws.region,
        "region": aws.region,
    }


def _tags(aws: Aws, name: str) -> dict[str, str]:
    try:
        return from_key_value(aws.client("s3").get_bucket_tagging(Bucket=name)["TagSet"])
    except ClientError as error:
        if code(error) == "NoSuchTagSet":
            return {}
        raise


def _update(aws: Aws, name: str, change: Change) -> None:
    if change.of("tagsAll"):
        _tag(aws, name, change.new)


def _delete(aws: Aws, name: str, state: Values) -> None:
    client = aws.client("s3")
    with contextlib.suppress(client.exceptions.NoSuchBucket):
        try:
            client.delete_bucket(Bucket=name)
        except ClientError as error:
            if code(error) != "BucketNotEmpty":
                raise
            _delete_with_contents(client, name, state)


def _delete_with_contents(client: Any, name: str, state: Values) -> None:
    # As with the real plugin, what counts is the last successful update, not what the program says now.
    if not state.get("forceDestroy"):
        raise ProviderError(
            f"deleting bucket {name!r}: BucketNotEmpty: The bucket you tried to delete is not empty. "
            f"Set forceDestroy and run `pulumi up` before, or empty the bucket."
        )
    for page in client.get_paginator("list_object_versions").paginate(
        Bucket=name, PaginationConfig={"PageSize": _BATCH}
    ):
        versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        objects = [{"Key": version["Key"], "VersionId": version["VersionId"]} for version in versions]
        if objects:
            client.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True})
    client.delete_bucket(Bucket=name)


BUCKET = ResourceType(
    token="aws:s3/bucket:Bucket",  # noqa: S106 (a type's token)
    inputs={
        "bucket": REPLACES,
        "forceDestroy": IN_PLACE,
        "objectLockEnabled": REPLACES,
        "tags": IN_PLACE,
    },
    create=_create,
    read=_read,
    update=_update,
    delete=_delete,
    computed=("arn", "bucketDomainName", "bucketRegionalDomainName", "bucketRegion", "region"),
    name=AutoName("bucket", longest=63, lower=True),
)
