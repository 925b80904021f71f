"""A bucket nobody reaches by accident."""

from typing import Any

import pulumi
import pulumi_aws as aws

from components.data_holder import DataHolder

NONCURRENT_DAYS = 90
NEWEST_KEPT = 10
BROKEN_UPLOAD_DAYS = 3


class PrivateBucket(DataHolder):
    """A bucket that is versioned, encrypted, TLS only, owned by its account, closed to the public, and tidies up."""

    bucket: aws.s3.Bucket
    name: pulumi.Output[str]

    def _make(self) -> dict[str, pulumi.Output[str]]:
        self.bucket = self._bucket()
        self.versioning = self._versioning()
        self._encryption()
        self._ownership()
        self._tls_only(self._public_access_block())
        self._lifecycle()
        # Whoever writes by this name writes versions, so it is not known before versioning is on.
        self.name = pulumi.Output.all(self.bucket.id, self.versioning.id).apply(lambda ids: str(ids[0]))
        self.arn = self.bucket.arn
        return {"name": self.name, "arn": self.arn}

    def _bucket(self) -> aws.s3.Bucket:
        return aws.s3.Bucket(
            self._name,
            force_destroy=not self._protected,
            tags=self._tags(self._name),
            opts=self._child(protect=self._protected),
        )

    def _versioning(self) -> aws.s3.BucketVersioning:
        return aws.s3.BucketVersioning(
            f"{self._name}-versioning",
            bucket=self.bucket.id,
            versioning_configuration={"status": "Enabled"},
            opts=self._child(),
        )

    def _encryption(self) -> None:
        key = self._kms_key_arn
        default = {"sse_algorithm": "aws:kms", "kms_master_key_id": key} if key else {"sse_algorithm": "AES256"}
        # One call of KMS for many objects, in place of one for each.
        rule: dict[str, Any] = {"apply_server_side_encryption_by_default": default, "bucket_key_enabled": True}
        aws.s3.BucketServerSideEncryptionConfiguration(
            f"{self._name}-encryption",
            bucket=self.bucket.id,
            rules=[rule],
            opts=self._child(),
        )

    def _ownership(self) -> None:
        aws.s3.BucketOwnershipControls(
            f"{self._name}-ownership",
            bucket=self.bucket.id,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=self._child(),
        )

    def _public_access_block(self) -> aws.s3.BucketPublicAccessBlock:
        return aws.s3.BucketPublicAccessBlock(
            f"{self._name}-public-access",
            bucket=self.bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._child(),
        )

    def _tls_only(self, access_block: aws.s3.BucketPublicAccessBlock) -> None:
        statement = {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [self.bucket.arn, pulumi.Output.concat(self.bucket.arn, "/*")],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        aws.s3.BucketPolicy(
            f"{self._name}-tls-only",
            bucket=self.bucket.id,
            policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [statement]}),
            # S3 refuses two changes of a bucket's policy state at the same time.
            opts=self._child(depends_on=[access_block]),
        )

    def _lifecycle(self) -> None:
        aws.s3.BucketLifecycleConfiguration(
            f"{self._name}-lifecycle",
            bucket=self.bucket.id,
            rules=[
                {
                    "id": "old-versions",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "noncurrent_version_expiration": {
                        "noncurrent_days": NONCURRENT_DAYS,
                        "newer_noncurrent_versions": NEWEST_KEPT,
                    },
                },
                {
                    "id": "broken-uploads",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "abort_incomplete_multipart_upload": {"days_after_initiation": BROKEN_UPLOAD_DAYS},
                },
            ],
            # Rules on old versions are only accepted once there are versions.
            opts=self._child(depends_on=[self.versioning]),
        )
