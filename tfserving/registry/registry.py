"""The registry's table in DynamoDB: one item for each version of each model."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from tfserving.model_store import Facts, Signature
from tfserving.registry.entries import Entry, RegistryError, State, read_entry, values_of
from tfserving.registry.labels import read_models_config, version_of_label

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MODEL_KEY: Final = "model"
VERSION_KEY: Final = "version"
CONFIGS_TAG: Final = "ConfigsBucket"
"""The tag by which a stack's table tells where its models.config is."""


class Registry:
    """What is known of a stack's model versions; `table` is the stack's output registryTable.

    Labels are looked up in the models.config of `configs_bucket`; left out, the table's own tag names that. Clients of
    boto3 are made as the environment says unless given. What AWS refuses is raised as botocore's ClientError.
    """

    def __init__(
        self,
        table: str,
        *,
        configs_bucket: str = "",
        dynamodb: Any = None,
        s3: "S3Client | None" = None,
    ) -> None:
        self.table = table
        self._configs_bucket = configs_bucket
        self._dynamodb = dynamodb or _client("dynamodb")
        self._s3 = s3

    def models(self) -> list[str]:
        """List every model that has a version, by name."""
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self.table,
            ProjectionExpression="#model",
            ExpressionAttributeNames={"#model": MODEL_KEY},
            ConsistentRead=True,
        )
        return sorted({item[MODEL_KEY]["S"] for page in pages for item in page["Items"]})

    def versions(self, model: str) -> list[Entry]:
        """List a model's versions, complete or not, by number."""
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self.table,
            KeyConditionExpression="#model = :model",
            ExpressionAttributeNames={"#model": MODEL_KEY},
            ExpressionAttributeValues={":model": {"S": model}},
            ConsistentRead=True,
        )
        return [read_entry(item) for page in pages for item in page["Items"]]

    def entry(self, model: str, version: int) -> Entry | None:
        """Give what is known of a version; None if there is nothing."""
        found = self._dynamodb.get_item(TableName=self.table, Key=_key(model, version), ConsistentRead=True)
        return read_entry(found["Item"]) if "Item" in found else None

    def signatures(self, model: str, *, version: int | None = None, label: str | None = None) -> dict[str, Signature]:
        """Give the signatures of a version by name, with types and shapes; without version and label, of the highest.

        Raises RegistryError if there is no such version or label, or the version is not complete.
        """
        entry = self.find(model, version=version, label=label)
        if entry.signatures is None:
            raise RegistryError(f"The signatures of {entry.name} are too large for the registry. Read the SavedModel.")
        return dict(entry.signatures)

    def find(self, model: str, *, version: int | None = None, label: str | None = None) -> Entry:
        """Give a complete version by number, by label or the highest; raises RegistryError if there is none."""
        if version is not None and label is not None:
            raise RegistryError(f"{model}: ask for version {version} or for label {label!r}, not for both.")
        if label is not None:
            version = self.version_of_label(model, label)
        entries = [entry for entry in self.versions(model) if entry.state == "complete"]
        if version is not None:
            entries = [entry for entry in entries if entry.version == version]
        if not entries:
            name = model if version is None else f"{model}/{version}"
            raise RegistryError(f"The registry has no complete {name}. `tfs publish` or `tfs adopt` registers one.")
        return entries[-1]

    def version_of_label(self, model: str, label: str) -> int:
        """Give the version that a label means now, by the stack's models.config; raises RegistryError if none."""
        s3 = self._s3 = self._s3 or _client("s3")
        return version_of_label(read_models_config(s3, self._bucket()), model, label)

    def reserve(self, model: str, version: int, facts: Facts) -> bool:
        """Register a version as begun; False if it is registered with another content already."""
        return self._write(model, version, facts, "reserved", "attribute_not_exists(digest) OR digest = :digest")

    def uploaded(self, model: str, version: int, facts: Facts) -> None:
        """Register that a version's files are there."""
        self._write(model, version, facts, "files", "digest = :digest")

    def complete(self, model: str, version: int, facts: Facts) -> None:
        """Register a version as complete; raises RegistryError if it is registered with another content."""
        if not self._write(model, version, facts, "complete", "attribute_not_exists(digest) OR digest = :digest"):
            raise RegistryError(f"{model}/{version} is another content in the registry than in the store.")

    def _write(self, model: str, version: int, facts: Facts, state: State, condition: str) -> bool:
        """Write an item if the condition holds; what is complete stays so, as it is."""
        values = {**values_of(facts), "state": {"S": state}, "time": {"S": _now()}}
        entry = self.entry(model, version)
        if entry and entry.state == "complete":
            return entry.digest == facts.digest
        try:
            self._dynamodb.update_item(
                TableName=self.table,
                Key=_key(model, version),
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
                ConditionExpression=f"({condition}) AND (attribute_not_exists(#state) OR #state <> :done)",
                ExpressionAttributeNames={f"#{name}": name for name in values},
                ExpressionAttributeValues={
                    **{f":{name}": value for name, value in values.items()},
                    ":done": {"S": "complete"},
                },
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            # Also if it was completed in this moment, which is no harm.
            entry = self.entry(model, version)
            return entry is not None and entry.digest == facts.digest
        return True

    def _bucket(self) -> str:
        if not self._configs_bucket:
            arn = self._dynamodb.describe_table(TableName=self.table)["Table"]["TableArn"]
            tags = self._dynamodb.list_tags_of_resource(ResourceArn=arn).get("Tags", [])
            named = [tag["Value"] for tag in tags if tag["Key"] == CONFIGS_TAG]
            if not named:
                raise RegistryError(
                    f"The table {self.table!r} has no tag {CONFIGS_TAG!r}, so where models.config is must be said. "
                    "Give configs_bucket, the stack's output configsBucket."
                )
            self._configs_bucket = named[0]
        return self._configs_bucket


def _key(model: str, version: int) -> dict[str, dict[str, str]]:
    return {MODEL_KEY: {"S": model}, VERSION_KEY: {"N": str(version)}}


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _client(service: str) -> Any:
    import boto3

    make: Any = boto3.client
    return make(service)
