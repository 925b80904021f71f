"""What is set on a bucket one by one: each setting is a resource whose id is the bucket's name."""

import contextlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from local.providers.aws.session import Aws, is_missing
from local.providers.failures import Failure
from local.providers.resource_types import IN_PLACE, JSON, REPLACES, Change, Property, ResourceType
from local.providers.shapes import Shape, from_aws, to_aws
from local.providers.wire import Values

Put = Callable[[Any, str, Values], Any]
Get = Callable[[Any, str], Values]
Remove = Callable[[Any, str], Any]

_VERSIONING: Shape = {"status": "Status", "mfaDelete": "MFADelete"}
_ENCRYPTION: Shape = {
    "applyServerSideEncryptionByDefault": (
        "ApplyServerSideEncryptionByDefault",
        {"sseAlgorithm": "SSEAlgorithm", "kmsMasterKeyId": "KMSMasterKeyID"},
    ),
    "bucketKeyEnabled": "BucketKeyEnabled",
}
_LIFECYCLE: Shape = {
    "id": "ID",
    "status": "Status",
    "filter": (
        "Filter",
        {
            "prefix": "Prefix",
            "objectSizeGreaterThan": "ObjectSizeGreaterThan",
            "objectSizeLessThan": "ObjectSizeLessThan",
        },
    ),
    "expiration": (
        "Expiration",
        {"days": "Days", "date": "Date", "expiredObjectDeleteMarker": "ExpiredObjectDeleteMarker"},
    ),
    "noncurrentVersionExpiration": (
        "NoncurrentVersionExpiration",
        {"noncurrentDays": "NoncurrentDays", "newerNoncurrentVersions": "NewerNoncurrentVersions"},
    ),
    "abortIncompleteMultipartUpload": (
        "AbortIncompleteMultipartUpload",
        {"daysAfterInitiation": "DaysAfterInitiation"},
    ),
}
_ACCESS_BLOCK = {
    "blockPublicAcls": "BlockPublicAcls",
    "blockPublicPolicy": "BlockPublicPolicy",
    "ignorePublicAcls": "IgnorePublicAcls",
    "restrictPublicBuckets": "RestrictPublicBuckets",
}
_OWNERSHIP: Shape = {"objectOwnership": "ObjectOwnership"}


def _put_versioning(client: Any, bucket: str, inputs: Values) -> None:
    wanted = to_aws(inputs["versioningConfiguration"], _VERSIONING)
    # A bucket is created with versioning disabled; AWS has no request that says so.
    if wanted.get("Status") != "Disabled":
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=wanted)


def _get_versioning(client: Any, bucket: str) -> Values:
    found = client.get_bucket_versioning(Bucket=bucket)
    return {"versioningConfiguration": from_aws({"Status": "Disabled", **found}, _VERSIONING)}


def _put_encryption(client: Any, bucket: str, inputs: Values) -> None:
    rules = to_aws(inputs["rules"], _ENCRYPTION)
    client.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})


def _get_encryption(client: Any, bucket: str) -> Values:
    found = client.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
    return {"rules": from_aws(found["Rules"], _ENCRYPTION)}


def _put_access_block(client: Any, bucket: str, inputs: Values) -> None:
    wanted = {name: bool(inputs.get(key)) for key, name in _ACCESS_BLOCK.items()}
    client.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=wanted)


def _get_access_block(client: Any, bucket: str) -> Values:
    return dict(
        from_aws(client.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"], _ACCESS_BLOCK)
    )


def _put_ownership(client: Any, bucket: str, inputs: Values) -> None:
    client.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [to_aws(inputs["rule"], _OWNERSHIP)]}
    )


def _get_ownership(client: Any, bucket: str) -> Values:
    (rule,) = client.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    return {"rule": from_aws(rule, _OWNERSHIP)}


def _put_lifecycle(client: Any, bucket: str, inputs: Values) -> None:
    rules = [{"Filter": {"Prefix": ""}, **rule} for rule in to_aws(inputs["rules"], _LIFECYCLE)]
    client.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})


def _get_lifecycle(client: Any, bucket: str) -> Values:
    return {"rules": from_aws(client.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"], _LIFECYCLE)}


def _put_policy(client: Any, bucket: str, inputs: Values) -> None:
    client.put_bucket_policy(Bucket=bucket, Policy=inputs["policy"])


def _get_policy(client: Any, bucket: str) -> Values:
    return {"policy": client.get_bucket_policy(Bucket=bucket)["Policy"]}


def check_json(name: str) -> Callable[[Values], Iterable[Failure]]:
    """Make the rule that an input is a JSON object."""

    def check(inputs: Values) -> Iterable[Failure]:
        value = inputs.get(name)
        if not isinstance(value, str):
            return
        try:
            fine = isinstance(json.loads(value), dict)
        except ValueError:
            fine = False
        if not fine:
            yield Failure(name, f"{name!r} is {value!r}, but must be a JSON object")

    return check


def _setting(
    kind: str, inputs: Mapping[str, Property], put: Put, get: Get, remove: Remove, **more: Any
) -> ResourceType[Aws]:
    def create(aws: Aws, values: Values) -> str:
        put(aws.client("s3"), values["bucket"], values)
        return str(values["bucket"])

    def read(aws: Aws, bucket: str, _: Values) -> Values | None:
        try:
            return {"id": bucket, "bucket": bucket, "region": aws.region, **get(aws.client("s3"), bucket)}
        except ClientError as error:
            if is_missing(error) or "NotFound" in error.response["Error"]["Code"]:
                return None
            raise

    def update(aws: Aws, bucket: str, change: Change) -> None:
        put(aws.client("s3"), bucket, change.new)

    def delete(aws: Aws, bucket: str, _: Values) -> None:
        client = aws.client("s3")
        with contextlib.suppress(client.exceptions.NoSuchBucket):
            remove(client, bucket)

    return ResourceType(
        token=f"aws:s3/{kind[0].lower()}{kind[1:]}:{kind}",
        inputs={"bucket": REPLACES, **inputs},
        create=create,
        read=read,
        update=update,
        delete=delete,
        computed=("region",),
        **more,
    )


SETTINGS = (
    _setting(
        "BucketVersioning",
        {"versioningConfiguration": Property(shape=_VERSIONING)},
        _put_versioning,
        _get_versioning,
        lambda client, bucket: client.put_bucket_versioning(
            Bucket=bucket, VersioningConfiguration={"Status": "Suspended"}
        ),
    ),
    _setting(
        "BucketServerSideEncryptionConfiguration",
        {"rules": Property(shape=_ENCRYPTION)},
        _put_encryption,
        _get_encryption,
        lambda client, bucket: client.delete_bucket_encryption(Bucket=bucket),
    ),
    _setting(
        "BucketPublicAccessBlock",
        dict.fromkeys(_ACCESS_BLOCK, IN_PLACE),
        _put_access_block,
        _get_access_block,
        lambda client, bucket: client.delete_public_access_block(Bucket=bucket),
    ),
    _setting(
        "BucketOwnershipControls",
        {"rule": Property(shape=_OWNERSHIP)},
        _put_ownership,
        _get_ownership,
        lambda client, bucket: client.delete_bucket_ownership_controls(Bucket=bucket),
    ),
    _setting(
        "BucketLifecycleConfiguration",
        {"rules": Property(shape=_LIFECYCLE)},
        _put_lifecycle,
        _get_lifecycle,
        lambda client, bucket: client.delete_bucket_lifecycle(Bucket=bucket),
    ),
    _setting(
        "BucketPolicy",
        {"policy": JSON},
        _put_policy,
        _get_policy,
        lambda client, bucket: client.delete_bucket_policy(Bucket=bucket),
        check=check_json("policy"),
    ),
)
