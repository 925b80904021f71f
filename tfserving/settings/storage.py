"""Where the stack's models lie, under which key its data, and where requests for it are logged."""

from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from tfserving.settings.concern import Concern
from tfserving.settings.values import matching

# An alias can be pointed at another key at any time, and IAM policies cannot name one.
KmsKeyArn = Annotated[
    str,
    AfterValidator(
        matching(
            r"|arn:aws[a-z-]*:kms:[a-z]{2}(?:-[a-z]+)+-[0-9]:[0-9]{12}:key/[0-9A-Za-z-]+",
            "the ARN of a KMS key itself, such as 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-...'; an alias "
            "or a bare id does not do",
        )
    ),
]
# Neither two dots in a row nor four numbers, as an address has.
_BUCKET_NAME: Final = r"|(?!.*\.\.)(?!(?:[0-9]+\.){3}[0-9]+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
BucketName = Annotated[
    str,
    AfterValidator(matching(_BUCKET_NAME, "the name of a bucket, without 's3://', such as 'access-logs'")),
]


class StorageSettings(Concern):
    """Encryption under a key of the operator's own, access logs, and a bucket of the operator's own."""

    kms_key_arn: KmsKeyArn = Field(
        default="",
        alias="kmsKeyArn",
        description="KMS key, in the stack's region, for buckets, volume, log and secrets; empty is AWS's own keys. "
        "Setting it replaces the machine; repositories that exist keep their encryption, which ECR cannot change. "
        "With codeBuild its policy must admit CloudWatch Logs.",
    )
    access_logs_bucket: BucketName = Field(
        default="",
        alias="accessLogsBucket",
        description="Bucket that exists, in the stack's region and account, to which S3 logs every request for the "
        "stack's buckets, under their names; its policy must let logging.s3.amazonaws.com write. Empty logs none.",
    )

    models_bucket: BucketName = Field(
        default="",
        alias="modelsBucket",
        description="Bucket that exists, in the stack's region, with models/<model>/<version>/ in it, which the stack "
        "then neither makes, sets up nor deletes; under a KMS key, that must be kmsKeyArn. Turn its versioning on. "
        "Setting it replaces the machine. Empty makes one.",
    )

    def mistakes_in(self, region: str) -> Iterator[tuple[str, str]]:
        """Yield (configuration key, message) for a key of another region than the stack's."""
        if self.kms_key_arn and (theirs := self.kms_key_arn.split(":")[3]) != region:
            yield (
                "kmsKeyArn",
                f"{self.kms_key_arn!r} is a key of {theirs}, but aws:region is {region!r}, and S3, ECR and EC2 take "
                f"keys of their own region only. Name a key of {region}.",
            )
