"""The registry: what it keeps of each version, and whose word counts."""

from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.tfserving.model_store.test_publishing_together import OTHER_FILES
from tests.tfserving.stores import CONFIGS, FILES, MODELS, manifest_of, put_version, saved_model
from tfserving.model_store import Facts, Signature, Tensor, adopt, digest_of, publish
from tfserving.model_store.publishing import PublishError
from tfserving.registry import Registry, RegistryError

TABLE = "registry"
CONFIG = """
model_config_list { config {
  name: "digits" base_path: "s3://models-bucket/models/digits" model_platform: "tensorflow"
  model_version_policy { specific { versions: 1 versions: 2 } }
  version_labels { key: "live" value: 1 }
} }
"""
SIGNATURE = Signature({"x": Tensor("DT_FLOAT", (None, 2))}, {"y": Tensor("DT_FLOAT", None)}, "m", frozenset({"x"}))
FACTS = Facts("a" * 64, 10, 2, {"serving_default": SIGNATURE}, publisher="ada", note="first")


def make_table(name: str = TABLE, **tags: str) -> Any:
    """Make a table as a stack has it."""
    client: Any = boto3.client("dynamodb")
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "model", "KeyType": "HASH"}, {"AttributeName": "version", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "model", "AttributeType": "S"},
            {"AttributeName": "version", "AttributeType": "N"},
        ],
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )
    return client


@pytest.fixture
def registry(s3: Any) -> Registry:
    make_table(ConfigsBucket=CONFIGS)
    s3.put_object(Bucket=CONFIGS, Key="configs/models.config", Body=CONFIG.encode())
    return Registry(TABLE)


def test_a_version_goes_from_reserved_over_files_to_complete(registry: Registry) -> None:
    states = []
    for step in (registry.reserve, registry.uploaded, registry.complete):
        step("digits", 1, FACTS)
        states.append(registry.versions("digits")[0].state)
    entry = registry.find("digits", version=1)
    assert states == ["reserved", "files", "complete"]
    assert (entry.digest, entry.size, entry.files, entry.publisher, entry.note) == ("a" * 64, 10, 2, "ada", "first")
    assert entry.signatures == {"serving_default": SIGNATURE}
    assert entry.time.startswith("20")


def test_what_is_complete_stays_as_it_is(registry: Registry) -> None:
    registry.complete("digits", 1, FACTS)
    before = registry.entry("digits", 1)
    assert registry.reserve("digits", 1, FACTS)
    registry.uploaded("digits", 1, FACTS)
    assert registry.entry("digits", 1) == before


def test_a_number_belongs_to_one_content(registry: Registry) -> None:
    other = Facts("b" * 64, 1, 1, {})
    assert registry.reserve("digits", 1, FACTS)
    assert not registry.reserve("digits", 1, other)
    with pytest.raises(RegistryError, match="digits/1 is another content in the registry"):
        registry.complete("digits", 1, other)
    assert registry.reserve("digits", 1, FACTS)


def test_models_and_versions_are_listed_by_name_and_number(registry: Registry) -> None:
    for model, version in (("words", 0), ("digits", 10), ("digits", 9), ("digits", 2**63 - 1)):
        registry.complete(model, version, FACTS)
    assert registry.models() == ["digits", "words"]
    assert [entry.version for entry in registry.versions("digits")] == [9, 10, 2**63 - 1]
    assert registry.versions("absent") == []


def test_signatures_are_found_by_version_by_label_and_of_the_highest(registry: Registry) -> None:
    for version, name in ((1, "one"), (2, "two")):
        registry.complete("digits", version, Facts("a" * 64, 1, 1, {name: SIGNATURE}))
    registry.reserve("digits", 3, FACTS)
    assert list(registry.signatures("digits", label="live")) == ["one"]
    assert list(registry.signatures("digits", version=2)) == ["two"]
    assert list(registry.signatures("digits")) == ["two"]


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ({"version": 3}, "has no complete digits/3"),
        ({"label": "test"}, "gives digits no label 'test'. It has 'live'."),
        ({"label": "live", "version": 1}, "not for both"),
        ({"label": "live"}, "has no complete digits/1"),
        ({}, "has no complete digits. `tfs publish` or `tfs adopt` registers one."),
    ],
)
def test_what_is_not_there_is_told_with_what_is(registry: Registry, asked: Any, complaint: str) -> None:
    registry.reserve("digits", 3, FACTS)
    with pytest.raises(RegistryError, match=complaint):
        registry.signatures("digits", **asked)


def test_a_table_without_the_tag_asks_for_the_config_bucket(s3: Any) -> None:
    make_table("bare")
    with pytest.raises(RegistryError, match="The table 'bare' has no tag 'ConfigsBucket'"):
        Registry("bare").signatures("digits", label="live")
    with pytest.raises(RegistryError, match=r"There is no s3://configs-bucket/configs/models.config"):
        Registry("bare", configs_bucket=CONFIGS).signatures("digits", label="live")


def test_signatures_too_large_for_an_item_are_left_out_and_told(registry: Registry) -> None:
    many = {f"signature {number:06}": SIGNATURE for number in range(4000)}
    registry.complete("digits", 1, Facts("a" * 64, 1, 1, many))
    with pytest.raises(RegistryError, match="The signatures of digits/1 are too large"):
        registry.signatures("digits")


def test_a_foreign_item_is_told_by_its_key(registry: Registry) -> None:
    client: Any = boto3.client("dynamodb")
    client.put_item(TableName=TABLE, Item={"model": {"S": "digits"}, "version": {"N": "1"}})
    with pytest.raises(RegistryError, match=r"item .*'digits'.* is none of `tfs`"):
        registry.versions("digits")


def test_publishing_registers_what_the_saved_model_says(s3: Any, registry: Registry, tmp_path: Path) -> None:
    publish(s3, MODELS, "digits", 4, saved_model(tmp_path), ledger=registry, publisher="ada", note="why")
    entry = registry.find("digits", version=4)
    assert (entry.digest, entry.size, entry.files) == (digest_of(manifest_of()), manifest_of().size, len(FILES))
    assert (entry.publisher, entry.note, entry.state) == ("ada", "why", "complete")
    assert registry.signatures("digits")["serving_default"].inputs == {"x": Tensor("DT_FLOAT", (None, 2))}


def test_adopting_registers_too(s3: Any, registry: Registry) -> None:
    put_version(s3, "digits", 4)
    adopt(s3, MODELS, "digits", 4, ledger=registry, publisher="ada")
    assert registry.find("digits", version=4).digest == digest_of(manifest_of())


def test_a_version_registered_for_another_content_is_not_published(s3: Any, registry: Registry, tmp_path: Path) -> None:
    registry.reserve("digits", 0, FACTS)
    with pytest.raises(PublishError, match="digits/0: is in the store already"):
        publish(s3, MODELS, "digits", 0, saved_model(tmp_path, OTHER_FILES), ledger=registry)
    assert publish(s3, MODELS, "digits", None, saved_model(tmp_path, OTHER_FILES), ledger=registry) == 1
