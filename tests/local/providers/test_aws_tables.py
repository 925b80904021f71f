"""DynamoDB's tables over moto, without the engine."""

from typing import Any

import pytest

from local.providers.wire import decode
from tests.local.providers.servicing import Aborted, Engine, client
from tests.tfserving.settings.test_storage import KEY

TABLE = "aws:dynamodb/table:Table"
NEWS: dict[str, Any] = {
    "billingMode": "PAY_PER_REQUEST",
    "hashKey": "model",
    "rangeKey": "version",
    "attributes": [{"name": "model", "type": "S"}, {"name": "version", "type": "N"}],
    "deletionProtectionEnabled": False,
    "pointInTimeRecovery": {"enabled": True},
    "serverSideEncryption": {"enabled": True},
    "tags": {"Name": "a"},
}


def test_a_table_lives_from_creation_to_deletion(engine: Engine) -> None:
    table = engine.made(TABLE, NEWS)
    read = table.read()
    assert {**decode(read.inputs), **NEWS} == decode(read.inputs)
    assert decode(read.properties) == table.state
    described = client("dynamodb").describe_table(TableName=table.id)["Table"]
    assert described["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert described["SSEDescription"]["Status"] == "ENABLED"
    table.delete()
    assert table.read().id == ""
    table.delete()


def test_protection_recovery_and_tags_change_in_place(engine: Engine) -> None:
    table = engine.made(TABLE, NEWS)
    changed = {
        **NEWS,
        "deletionProtectionEnabled": True,
        "pointInTimeRecovery": {"enabled": False},
        "tags": {"Name": "b"},
    }
    assert list(table.diff(changed).replaces) == []
    state = table.update(changed)
    assert {key: state[key] for key in changed} == changed


def test_a_table_lies_under_the_key_that_is_named(engine: Engine) -> None:
    encrypted = {**NEWS, "serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY}}
    assert engine.made(TABLE, encrypted).state["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": KEY}


def test_a_protected_table_is_not_deleted(engine: Engine) -> None:
    table = engine.made(TABLE, {**NEWS, "deletionProtectionEnabled": True})
    with pytest.raises(Aborted, match="DeletionProtectionEnabled"):
        table.delete()
    assert table.read().id


@pytest.mark.parametrize("name", ["hashKey", "rangeKey"])
def test_another_key_replaces_the_table(engine: Engine, name: str) -> None:
    table = engine.made(TABLE, NEWS)
    assert list(table.diff({**NEWS, name: "other"}).replaces) == [name]


def test_a_bucket_that_exists_is_found_and_another_is_told(engine: Engine) -> None:
    location: Any = {"LocationConstraint": "eu-central-1"}
    client("s3").create_bucket(Bucket="our-models", CreateBucketConfiguration=location)
    found = engine.invoke("aws:s3/getBucket:getBucket", {"bucket": "our-models"})
    assert decode(getattr(found, "return"))["arn"] == "arn:aws:s3:::our-models"
    with pytest.raises(Aborted, match="There is no bucket 'absent'"):
        engine.invoke("aws:s3/getBucket:getBucket", {"bucket": "absent"})
