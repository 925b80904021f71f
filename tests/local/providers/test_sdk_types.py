"""Inputs are checked against the SDK's metadata, at every depth."""

from typing import Any

import pytest

from local.providers.failures import ProviderError
from local.providers.sdk_types import check_invoke, check_resource
from local.providers.wire import UNKNOWN

ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
INSTANCE = "aws:ec2/instance:Instance"


def failures(token: str, values: dict[str, Any]) -> dict[str, str]:
    return {failure.property: failure.reason for failure in check_resource(token, values)}


def test_right_inputs_pass() -> None:
    rule = {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}, "bucketKeyEnabled": True}
    assert failures(ENCRYPTION, {"bucket": "b", "rules": [rule]}) == {}


def test_a_misspelt_key_deep_inside_is_refused_with_its_path_and_the_near_name() -> None:
    rule = {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256", "kmsMasterKeyID": "k"}}
    found = failures(ENCRYPTION, {"bucket": "b", "rules": [rule]})
    assert list(found) == ["rules[0].applyServerSideEncryptionByDefault.kmsMasterKeyID"]
    assert "did you mean 'kmsMasterKeyId'" in found.popitem()[1]


def test_a_missing_required_input_is_refused() -> None:
    assert "'bucket' is missing" in failures(ENCRYPTION, {"rules": []})["bucket"]


def test_a_missing_required_key_deep_inside_is_refused() -> None:
    rule: dict[str, Any] = {"applyServerSideEncryptionByDefault": {}}
    found = failures(ENCRYPTION, {"bucket": "b", "rules": [rule]})
    assert list(found) == ["rules[0].applyServerSideEncryptionByDefault.sseAlgorithm"]


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("ami", 7, "must be text"),
        ("monitoring", "true", "must be true or false"),
        ("monitoring", 1, "must be true or false"),
        ("ipv6AddressCount", True, "must be a whole number"),
        ("ipv6AddressCount", 1.5, "must be a whole number"),
        ("vpcSecurityGroupIds", "sg-1", "must be a list"),
        ("tags", ["a"], "must be a map"),
        ("tags", {"a": 1}, "must be text"),
        ("metadataOptions", "required", "must be an object"),
        ("instanceType", 4, "must be"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_with_the_rule(name: str, value: Any, rule: str) -> None:
    (reason,) = failures(INSTANCE, {name: value}).values()
    assert rule in reason
    assert name in reason


def test_text_is_taken_where_the_sdk_offers_an_enum_or_text() -> None:
    assert failures(INSTANCE, {"instanceType": "c7i.large"}) == {}


def test_an_unknown_value_passes_everywhere() -> None:
    assert failures(INSTANCE, {"ami": UNKNOWN, "tags": UNKNOWN, "vpcSecurityGroupIds": [UNKNOWN]}) == {}


def test_a_name_in_snake_case_is_refused_with_the_name_on_the_wire() -> None:
    assert "did you mean 'instanceType'" in failures(INSTANCE, {"instance_type": "c7i.large"})["instance_type"]


@pytest.mark.parametrize("token", ["aws:s3/bucket:Bukket", "aws:s4/bucket:Bucket"])
def test_a_type_the_sdk_does_not_have_is_refused(token: str) -> None:
    with pytest.raises(ProviderError, match="SDK"):
        list(check_resource(token, {}))


def test_an_argument_of_a_function_is_checked() -> None:
    filters = [{"name": "vpc-id", "valuez": ["x"]}]
    found = [failure.property for failure in check_invoke("aws:ec2/getSubnets:getSubnets", {"filters": filters})]
    assert "filters[0].valuez" in found


def test_a_function_the_sdk_does_not_have_is_refused() -> None:
    with pytest.raises(ProviderError, match="not a function"):
        list(check_invoke("aws:ec2/getVpk:getVpk", {}))
