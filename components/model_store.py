"""The two buckets: models, and the server's config files."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.component import Component
from components.private_bucket import PrivateBucket


@dataclass(frozen=True, kw_only=True)
class ModelStoreArgs:
    """What shapes the store: its KMS key, the bucket that logs requests for it, and one with models, if any."""

    protected: bool
    kms_key_arn: str = ""
    access_logs_bucket: str = ""
    models_bucket: str = ""
    tags: Mapping[str, str]


@dataclass(frozen=True)
class ExistingBucket:
    """A bucket that is the operator's to make, set up and delete."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]


class ModelStore(Component):
    """`models/<model>/<version>/` in one bucket, `configs/` and the machines' `status/` in the other.

    The first may be one that exists already.
    """

    models: PrivateBucket | ExistingBucket
    configs: PrivateBucket

    def __init__(self, name: str, args: ModelStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ModelStore", name, args.tags, opts)
        self.models = self._existing(args.models_bucket) if args.models_bucket else self._bucket("models", args)
        self.configs = self._bucket("configs", args)
        self.register_outputs({"models_bucket": self.models.name, "configs_bucket": self.configs.name})

    def _existing(self, name: str) -> ExistingBucket:
        # Asked for, so that a preview fails where there is no such bucket.
        found = aws.s3.get_bucket_output(bucket=name, opts=self._invoke())
        return ExistingBucket(found.bucket, found.arn)

    def _bucket(self, what: str, args: ModelStoreArgs) -> PrivateBucket:
        bucket = PrivateBucket(
            f"{self._name}-{what}",
            protected=args.protected,
            kms_key_arn=args.kms_key_arn,
            tags=args.tags,
            opts=self._child(),
        )
        if args.access_logs_bucket:
            self._log_requests(what, bucket, args.access_logs_bucket)
        return bucket

    def _log_requests(self, what: str, bucket: PrivateBucket, log_bucket: str) -> None:
        aws.s3.BucketLogging(
            f"{self._name}-{what}-access-log",
            bucket=bucket.bucket.id,
            target_bucket=log_bucket,
            target_prefix=pulumi.Output.concat(bucket.bucket.id, "/"),
            opts=self._child(),
        )
