"""The AWS provider's configuration."""

import json
from typing import Any

import pytest

from local.providers.aws.config import check_config, read_config
from local.providers.aws.session import Aws
from local.providers.failures import ProviderError

URL = "http://127.0.0.1:1"


def refused(**values: Any) -> dict[str, str]:
    return {failure.property: failure.reason for failure in check_config({"region": "eu-central-1", **values})}


def test_the_keys_for_a_local_aws_are_taken_as_they_travel() -> None:
    values = {
        "region": "eu-central-1",
        "endpoints": json.dumps([{"s3": URL, "ec2": URL}]),
        "defaultTags": json.dumps({"tags": {"a": "b"}}),
        "s3UsePathStyle": "true",
        "skipRequestingAccountId": "true",
        "version": "7.51.1",
    }
    assert list(check_config(values)) == []
    config = read_config(values)
    assert config.endpoints == {"s3": URL, "ec2": URL}
    assert config.default_tags == {"a": "b"}
    assert config.path_style


def test_an_unknown_service_among_the_endpoints_is_refused() -> None:
    found = refused(endpoints=json.dumps([{"s33": URL}]))
    assert "did you mean" in found["endpoints[0].s33"]


def test_endpoints_in_two_elements_are_refused() -> None:
    assert "one" in refused(endpoints=json.dumps([{"s3": URL}, {"ec2": URL}]))["endpoints"]


def test_a_misspelt_key_is_refused_with_the_near_one() -> None:
    assert "did you mean 'region'" in refused(regoin="x")["regoin"]


def test_a_key_only_the_real_plugin_honours_is_refused() -> None:
    assert "does not map it" in refused(maxRetries="3")["maxRetries"]


def test_a_region_must_be_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    assert [failure.property for failure in check_config({})] == ["region"]


def test_a_service_without_an_endpoint_is_never_looked_for_at_aws() -> None:
    aws = Aws(read_config({"region": "eu-central-1", "endpoints": [{"s3": URL}]}))
    with pytest.raises(ProviderError, match="names no URL for 'ec2'"):
        aws.client("ec2")


def test_a_service_has_one_client() -> None:
    aws = Aws(read_config({"region": "eu-central-1", "endpoints": [{"s3": URL}], "accessKey": "a", "secretKey": "b"}))
    assert aws.client("s3") is aws.client("s3")
