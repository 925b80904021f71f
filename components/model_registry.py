"""The table of model versions."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from components.data_holder import DataHolder
from tfserving.registry.registry import CONFIGS_TAG, MODEL_KEY, VERSION_KEY


class ModelRegistry(DataHolder):
    """A table with an item for each version of each model: paid by request, encrypted, and restorable to any second.

    Its tag says in which bucket the stack's models.config is, so that who has the table finds a label's version.
    """

    table: aws.dynamodb.Table
    name: pulumi.Output[str]

    def __init__(
        self, name: str, *, configs_bucket: pulumi.Input[str], protected: bool, tags: Mapping[str, str], **options: Any
    ) -> None:
        self._configs_bucket = configs_bucket
        super().__init__(name, protected=protected, tags=tags, **options)

    def _make(self) -> dict[str, pulumi.Output[str]]:
        self.table = aws.dynamodb.Table(
            self._name,
            billing_mode="PAY_PER_REQUEST",
            hash_key=MODEL_KEY,
            range_key=VERSION_KEY,
            attributes=[{"name": MODEL_KEY, "type": "S"}, {"name": VERSION_KEY, "type": "N"}],
            deletion_protection_enabled=self._protected,
            point_in_time_recovery={"enabled": True},
            server_side_encryption=self._encryption(),
            tags={**self._tags(self._name), CONFIGS_TAG: self._configs_bucket},
            opts=self._child(protect=self._protected),
        )
        self.name, self.arn = self.table.name, self.table.arn
        return {"name": self.name, "arn": self.arn}

    def _encryption(self) -> aws.dynamodb.TableServerSideEncryptionArgs:
        # Tables are always encrypted; this is by a key in the account, whose uses CloudTrail shows.
        key = self._kms_key_arn or None
        return aws.dynamodb.TableServerSideEncryptionArgs(enabled=True, kms_key_arn=key)
