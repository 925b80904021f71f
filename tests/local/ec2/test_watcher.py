"""What becomes of instances: a machine each, with the credentials of its role; with an engine that is not real."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest

from local.ec2.watcher import CREDENTIALS_SECONDS, METADATA_FILE, Watcher

USER_DATA = b"#cloud-config\n"
ROLE_FILE = "latest/meta-data/iam/security-credentials/machine"
ENVIRONMENT = {
    "REHEARSAL_MACHINE_IMAGE": "machine:1",
    "AWS_REGION": "eu-central-1",
    "REHEARSAL_ACCOUNT": "123456789012",
}


class Aws:
    """EC2's and IAM's API, and what is behind the curtain."""

    def __init__(self) -> None:
        self.instances: dict[str, dict[str, Any]] = {}

    def launch(self, instance_id: str, profile: str) -> None:
        """Show a new instance."""
        self.instances[instance_id] = {
            "InstanceId": instance_id,
            "State": {"Name": "running"},
            "LaunchTime": "2026-11-25",
            "InstanceType": "c7i.large",
            "Placement": {"AvailabilityZone": "eu-central-1a"},
        }
        self.attach(instance_id, profile)

    def attach(self, instance_id: str, profile: str) -> None:
        """Give an instance a profile, or none."""
        described = {"IamInstanceProfile": {"Arn": f"arn:aws:iam::123456789012:instance-profile/{profile}"}}
        self.instances[instance_id].update(described if profile else {})

    def describe_instances(self, **_: Any) -> Any:
        return {"Reservations": [{"Instances": list(self.instances.values())}]}

    def get_paginator(self, _: str) -> Any:
        return self

    def paginate(self, **_: Any) -> Any:
        return [self.describe_instances()]

    def describe_instance_attribute(self, **_: Any) -> Any:
        return {"UserData": {"Value": base64.b64encode(USER_DATA).decode()}}

    def get_instance_profile(self, **_: Any) -> Any:
        return {"InstanceProfile": {"Roles": [{"RoleName": "machine"}]}}

    def instance_credentials(self, role: str) -> dict[str, str]:
        return {"AccessKeyId": f"of {role}"}


class Hosts:
    """The engine's side: the files of each machine."""

    def __init__(self) -> None:
        self.machines: dict[str, dict[str, bytes]] = {}
        self.written: list[str] = []

    def labelled(self, _: str) -> dict[str, str]:
        return {name: name for name in self.machines}

    def boot(self, image: str, name: str, *, files: Mapping[str, bytes], **_: Any) -> None:
        assert image == ENVIRONMENT["REHEARSAL_MACHINE_IMAGE"]
        self.machines[name] = dict(files)

    def write(self, name: str, files: Mapping[str, bytes]) -> None:
        self.machines[name].update(files)
        self.written.append(name)

    def remove(self, name: str, _: str) -> None:
        del self.machines[name]

    def address(self, _: str) -> str:
        return "127.0.0.1"


class World:
    """A watcher between both sides."""

    def __init__(self, aws: Any, hosts: Any) -> None:
        self.aws = aws
        self.hosts = hosts
        self.watcher = Watcher(ec2=aws, iam=aws, hosts=hosts, curtain=aws, environment=ENVIRONMENT)

    def documents(self, name: str) -> dict[str, Any]:
        """Give a machine's metadata documents."""
        documents: dict[str, Any] = json.loads(self.hosts.machines[name][METADATA_FILE])
        return documents


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("local.ec2.watcher.is_ready", lambda _: False)
    return World(Aws(), Hosts())


def test_an_instance_gets_a_machine_with_its_user_data_and_its_roles_credentials(world: World) -> None:
    world.aws.launch("i-1", "machine")
    world.watcher.look()
    assert world.hosts.machines["i-1"]["var/lib/cloud/seed/nocloud/user-data"] == USER_DATA
    assert json.loads(world.documents("i-1")[ROLE_FILE]) == {"AccessKeyId": "of machine"}
    world.watcher.look()
    assert world.hosts.written == []


def test_a_machine_that_booted_before_its_profile_was_attached_gets_credentials_at_the_next_look(world: World) -> None:
    world.aws.launch("i-1", "")
    world.watcher.look()
    assert ROLE_FILE not in world.documents("i-1")
    world.aws.attach("i-1", "machine")
    world.watcher.look()
    assert ROLE_FILE in world.documents("i-1")


def test_credentials_are_renewed_before_they_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("local.ec2.watcher.time.monotonic", lambda: now)
    world.aws.launch("i-1", "machine")
    world.watcher.look()
    now += CREDENTIALS_SECONDS
    world.watcher.look()
    assert world.hosts.written == ["i-1"]


def test_a_terminated_instance_loses_its_machine(world: World) -> None:
    world.aws.launch("i-1", "machine")
    world.watcher.look()
    world.aws.instances["i-1"]["State"] = {"Name": "terminated"}
    world.watcher.look()
    assert world.hosts.machines == {}
