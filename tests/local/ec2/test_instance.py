"""Instances, and what their machines are given."""

import datetime
import json
from typing import Any

import pytest

from local.ec2.instance import Instance, metadata, seed

DESCRIBED: dict[str, Any] = {
    "InstanceId": "i-1",
    "State": {"Name": "running"},
    "LaunchTime": datetime.datetime(2026, 11, 23, tzinfo=datetime.UTC),
    "PrivateIpAddress": "172.31.0.5",
    "ImageId": "ami-1",
    "InstanceType": "c7i.large",
    "Placement": {"AvailabilityZone": "eu-central-1a"},
    "IamInstanceProfile": {"Arn": "arn:aws:iam::123456789012:instance-profile/machine"},
    "MetadataOptions": {"HttpPutResponseHopLimit": 1},
}


def test_an_instance_is_read_as_the_api_describes_it() -> None:
    instance = Instance.of(DESCRIBED)
    assert (instance.instance_id, instance.profile, instance.hop_limit) == ("i-1", "machine", 1)
    assert instance.wanted


@pytest.mark.parametrize("state", ["shutting-down", "terminated", "stopping", "stopped"])
def test_an_instance_that_ends_needs_no_machine(state: str) -> None:
    assert not Instance.of({**DESCRIBED, "State": {"Name": state}}).wanted


def test_an_instance_without_a_profile_has_none() -> None:
    assert Instance.of({**DESCRIBED, "IamInstanceProfile": None}).profile == ""


def test_user_data_reaches_the_machine_byte_for_byte() -> None:
    user_data = bytes(range(256))
    files = seed(Instance.of(DESCRIBED), user_data)
    assert files["var/lib/cloud/seed/nocloud/user-data"] == user_data
    assert json.loads(files["var/lib/cloud/seed/nocloud/meta-data"])["instance-id"] == "i-1"


def test_the_metadata_says_who_the_machine_is_and_holds_its_roles_credentials() -> None:
    documents = json.loads(
        metadata(Instance.of(DESCRIBED), "eu-central-1", "123456789012", {"machine": {"AccessKeyId": "ASIA"}})
    )
    assert documents["latest/meta-data/instance-id"] == "i-1"
    identity = json.loads(documents["latest/dynamic/instance-identity/document"])
    assert (identity["region"], identity["accountId"]) == ("eu-central-1", "123456789012")
    credentials = json.loads(documents["latest/meta-data/iam/security-credentials/machine"])
    assert credentials == {"AccessKeyId": "ASIA"}
