"""What is set on a bucket one by one: each setting is a resource whose id is the bucket's name."""

import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from local.providers.aws.documents import check_json
from local.providers.aws.session import Aws, is_missing
from local.providers.failures import Failure
from local.providers.resource_types import IN_PLACE, JSON, REPLACES, Change, Property, ResourceType
from local.providers.shapes import Shape, from_aws, to_aws
from local.providers.wire import Values

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
_ACCESS_BLOCK: Shape = {
    "blockPublicAcls": "BlockPublicAcls",
    "blockPublicPolicy": "BlockPublicPolicy",
    "ignorePublicAcls": "IgnorePublicAcls",
    "restrictPublicBuckets": "RestrictPublicBuckets",
}
_OWNERSHIP: Shape = {"objectOwnership": "ObjectOwnership"}
_LOGGING: Shape = {"targetBucket": "TargetBucket", "targetPrefix": "TargetPrefix"}


@dataclass(frozen=True, kw_only=True)
class _Setting:
    """One setting: what S3 calls it, and how its value is said to S3 and read back.

    `call` names its operations, `put_<call>` and the others, `argument` what holds the value in a request, and in an
    answer unless `bare`. `wanted` gives None for what S3 has no request for; `unset` is put where S3 cannot delete.
    """

    kind: str
    inputs: Mapping[str, Property]
    call: str
    argument: str
    wanted: Callable[[Values], Any]
    found: Callable[[Any], Values]
    bare: bool = False
    delete: str = ""
    unset: Any = None
    check: Callable[[Values], Iterable[Failure]] = lambda _: ()

    def put(self, client: Any, bucket: str, value: Any) -> None:
        if value is not None:
            getattr(client, f"put_{self.call}")(Bucket=bucket, **{self.argument: value})

    def get(self, client: Any, bucket: str) -> Values:
        answer = getattr(client, f"get_{self.call}")(Bucket=bucket)
        return self.found(answer if self.bare else answer[self.argument])

    def remove(self, client: Any, bucket: str) -> None:
        if self.unset is not None:
            self.put(client, bucket, self.unset)
        else:
            getattr(client, self.delete or f"delete_{self.call}")(Bucket=bucket)


def _resource_type(setting: _Setting) -> ResourceType[Aws]:
    def create(aws: Aws, inputs: Values) -> str:
        setting.put(aws.client("s3"), inputs["bucket"], setting.wanted(inputs))
        return str(inputs["bucket"])

    def read(aws: Aws, bucket: str, _: Values) -> Values | None:
        try:
            found = setting.get(aws.client("s3"), bucket)
        except ClientError as error:
            if is_missing(error) or "NotFound" in error.response["Error"]["Code"]:
                return None
            raise
        return {"id": bucket, "bucket": bucket, "region": aws.region, **found} if found else None

    def update(aws: Aws, _: str, change: Change) -> None:
        create(aws, change.new)

    def delete(aws: Aws, bucket: str, _: Values) -> None:
        client = aws.client("s3")
        with contextlib.suppress(client.exceptions.NoSuchBucket):
            setting.remove(client, bucket)

    kind = setting.kind
    return ResourceType(
        token=f"aws:s3/{kind[0].lower()}{kind[1:]}:{kind}",
        inputs={"bucket": REPLACES, **setting.inputs},
        create=create,
        read=read,
        update=update,
        delete=delete,
        computed=("region",),
        check=setting.check,
    )


def _versioning(inputs: Values) -> Any:
    wanted = to_aws(inputs["versioningConfiguration"], _VERSIONING)
    # A bucket is created with versioning disabled; AWS has no request that says so.
    return None if wanted.get("Status") == "Disabled" else wanted


def _lifecycle(inputs: Values) -> Any:
    return {"Rules": [{"Filter": {"Prefix": ""}, **rule} for rule in to_aws(inputs["rules"], _LIFECYCLE)]}


def _logging(answer: Any) -> Values:
    # S3 answers for a bucket that logs nothing too.
    return dict(from_aws(answer.get("LoggingEnabled", {}), _LOGGING))


SETTINGS = tuple(
    _resource_type(setting)
    for setting in (
        _Setting(
            kind="BucketVersioning",
            inputs={"versioningConfiguration": Property(shape=_VERSIONING)},
            call="bucket_versioning",
            argument="VersioningConfiguration",
            wanted=_versioning,
            found=lambda answer: {"versioningConfiguration": from_aws({"Status": "Disabled", **answer}, _VERSIONING)},
            bare=True,
            unset={"Status": "Suspended"},
        ),
        _Setting(
            kind="BucketServerSideEncryptionConfiguration",
            inputs={"rules": Property(shape=_ENCRYPTION)},
            call="bucket_encryption",
            argument="ServerSideEncryptionConfiguration",
            wanted=lambda inputs: {"Rules": to_aws(inputs["rules"], _ENCRYPTION)},
            found=lambda answer: {"rules": from_aws(answer["Rules"], _ENCRYPTION)},
        ),
        _Setting(
            kind="BucketPublicAccessBlock",
            inputs=dict.fromkeys(_ACCESS_BLOCK, IN_PLACE),
            call="public_access_block",
            argument="PublicAccessBlockConfiguration",
            wanted=lambda inputs: {**dict.fromkeys(_ACCESS_BLOCK.values(), False), **to_aws(inputs, _ACCESS_BLOCK)},
            found=lambda answer: dict(from_aws(answer, _ACCESS_BLOCK)),
        ),
        _Setting(
            kind="BucketOwnershipControls",
            inputs={"rule": Property(shape=_OWNERSHIP)},
            call="bucket_ownership_controls",
            argument="OwnershipControls",
            wanted=lambda inputs: {"Rules": [to_aws(inputs["rule"], _OWNERSHIP)]},
            found=lambda answer: {"rule": from_aws(answer["Rules"][0], _OWNERSHIP)},
        ),
        _Setting(
            kind="BucketLifecycleConfiguration",
            inputs={"rules": Property(shape=_LIFECYCLE)},
            call="bucket_lifecycle_configuration",
            argument="LifecycleConfiguration",
            wanted=_lifecycle,
            found=lambda answer: {"rules": from_aws(answer["Rules"], _LIFECYCLE)},
            bare=True,
            delete="delete_bucket_lifecycle",
        ),
        _Setting(
            kind="BucketPolicy",
            inputs={"policy": JSON},
            call="bucket_policy",
            argument="Policy",
            wanted=lambda inputs: inputs["policy"],
            found=lambda answer: {"policy": answer},
            check=check_json("policy"),
        ),
        _Setting(
            kind="BucketLogging",
            inputs=dict.fromkeys(_LOGGING, IN_PLACE),
            call="bucket_logging",
            argument="BucketLoggingStatus",
            wanted=lambda inputs: {"LoggingEnabled": to_aws(inputs, _LOGGING)},
            found=_logging,
            bare=True,
            unset={},
        ),
    )
)
