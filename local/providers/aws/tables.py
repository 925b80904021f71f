"""DynamoDB's tables."""

from typing import Any

from local.providers.aws.session import Aws, found_or_none
from local.providers.aws.tags import all_tags, from_key_value, key_value, retag
from local.providers.resource_types import IN_PLACE, REPLACES, AutoName, Change, ResourceType
from local.providers.shapes import Shape, from_aws, to_aws
from local.providers.wire import Values

_ATTRIBUTES: Shape = {"name": "AttributeName", "type": "AttributeType"}
_ENCRYPTION: Shape = {"enabled": "Enabled", "kmsKeyArn": "KMSMasterKeyId"}
_RECOVERY: Shape = {"enabled": "PointInTimeRecoveryEnabled"}


def _create(aws: Aws, inputs: Values) -> str:
    client = aws.client("dynamodb")
    client.create_table(
        TableName=inputs["name"],
        BillingMode=inputs.get("billingMode", "PAY_PER_REQUEST"),
        KeySchema=_keys(inputs),
        AttributeDefinitions=to_aws(inputs["attributes"], _ATTRIBUTES),
        DeletionProtectionEnabled=bool(inputs.get("deletionProtectionEnabled")),
        **_encryption(inputs),
        Tags=key_value(all_tags(inputs)),
    )
    client.get_waiter("table_exists").wait(TableName=inputs["name"])
    _recover(client, inputs)
    return str(inputs["name"])


def _keys(inputs: Values) -> list[dict[str, str]]:
    kinds = {"hashKey": "HASH", "rangeKey": "RANGE"}
    return [{"AttributeName": inputs[key], "KeyType": kind} for key, kind in kinds.items() if key in inputs]


def _encryption(inputs: Values) -> dict[str, Any]:
    if not inputs.get("serverSideEncryption", {}).get("enabled"):
        return {}
    return {"SSESpecification": {**to_aws(inputs["serverSideEncryption"], _ENCRYPTION), "SSEType": "KMS"}}


def _recover(client: Any, inputs: Values) -> None:
    wanted = to_aws(inputs.get("pointInTimeRecovery", {"enabled": False}), _RECOVERY)
    client.update_continuous_backups(TableName=inputs["name"], PointInTimeRecoverySpecification=wanted)


def _read(aws: Aws, name: str, known: Values) -> Values | None:
    client = aws.client("dynamodb")
    answer = found_or_none(client.describe_table, TableName=name)
    if answer is None:
        return None
    table = answer["Table"]
    backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    recovery = backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
    keys = {key["KeyType"]: key["AttributeName"] for key in table["KeySchema"]}
    return {
        "id": name,
        "name": name,
        "arn": table["TableArn"],
        "hashKey": keys["HASH"],
        **({"rangeKey": keys["RANGE"]} if "RANGE" in keys else {}),
        "attributes": from_aws(table["AttributeDefinitions"], _ATTRIBUTES),
        "billingMode": table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
        "deletionProtectionEnabled": table.get("DeletionProtectionEnabled", False),
        "pointInTimeRecovery": {"enabled": recovery == "ENABLED"},
        **_read_encryption(table, known),
        "tagsAll": from_key_value(client.list_tags_of_resource(ResourceArn=table["TableArn"]).get("Tags", [])),
    }


def _read_encryption(table: Values, known: Values) -> Values:
    found = table.get("SSEDescription", {})
    if found.get("Status") not in ("ENABLED", "UPDATING", "ENABLING"):
        return {}
    # AWS names the key also where it is AWS's own for the account.
    named = known.get("serverSideEncryption", {}).get("kmsKeyArn")
    return {"serverSideEncryption": {"enabled": True, **({"kmsKeyArn": found["KMSMasterKeyArn"]} if named else {})}}


def _update(aws: Aws, name: str, change: Change) -> None:
    client = aws.client("dynamodb")
    if change.of("deletionProtectionEnabled"):
        protected = bool(change.new.get("deletionProtectionEnabled"))
        client.update_table(TableName=name, DeletionProtectionEnabled=protected)
    if change.of("serverSideEncryption"):
        wanted = _encryption(change.new) or {"SSESpecification": {"Enabled": False}}
        client.update_table(TableName=name, **wanted)
    if change.of("pointInTimeRecovery"):
        _recover(client, change.new)
    arn = change.state["arn"]
    retag(
        change,
        write=lambda tags: client.tag_resource(ResourceArn=arn, Tags=tags),
        remove=lambda keys: client.untag_resource(ResourceArn=arn, TagKeys=keys),
    )


def _delete(aws: Aws, name: str, _: Values) -> None:
    client = aws.client("dynamodb")
    # Deletion protection is AWS's to enforce: it refuses.
    if found_or_none(client.delete_table, TableName=name) is not None:
        client.get_waiter("table_not_exists").wait(TableName=name)


TABLE = ResourceType(
    token="aws:dynamodb/table:Table",  # noqa: S106 (a type's token)
    inputs={
        "name": REPLACES,
        "hashKey": REPLACES,
        "rangeKey": REPLACES,
        "attributes": REPLACES,
        "billingMode": REPLACES,
        **dict.fromkeys(("deletionProtectionEnabled", "pointInTimeRecovery", "serverSideEncryption", "tags"), IN_PLACE),
    },
    create=_create,
    read=_read,
    update=_update,
    delete=_delete,
    computed=("arn",),
    name=AutoName("name", longest=255),
)
