"""Keep one machine running for each instance."""

import base64
import time
from collections.abc import Mapping
from typing import Any, Final

from local.data_plane.curtain import Curtain
from local.data_plane.hosts import INSTANCE, Hosts
from local.ec2.forwarder import Candidate, choose, is_ready
from local.ec2.instance import Instance, metadata, seed

# Well before the hour they last, as EC2 does.
CREDENTIALS_SECONDS: Final = 1800
METADATA_FILE: Final = "etc/rehearsal/metadata.json"


class Watcher:
    """Compares instances with machines and sets the difference right."""

    def __init__(self, ec2: Any, iam: Any, hosts: Hosts, curtain: Curtain, environment: Mapping[str, str]) -> None:
        self._ec2 = ec2
        self._iam = iam
        self._hosts = hosts
        self._curtain = curtain
        self._environment = environment
        # By instance: the profile whose roles its machine has credentials of, and since when.
        self._told: dict[str, tuple[str, float]] = {}
        self.current: Candidate | None = None

    def look(self) -> None:
        """Boot and remove machines, renew their credentials, and choose the one that gets the traffic."""
        instances = {instance.instance_id: instance for instance in self._instances()}
        machines = self._hosts.labelled(INSTANCE)
        for instance in instances.values():
            if instance.wanted and instance.instance_id not in machines:
                self._boot(instance)
            elif instance.wanted and self._is_stale(instance):
                self._hosts.write(machines[instance.instance_id], {METADATA_FILE: self._metadata(instance)})
        wanted = [instance for instance in instances.values() if instance.wanted]
        self.current = choose(self._candidates(wanted), self.current.instance_id if self.current else None)
        # Last, so that nobody is led to a machine that goes.
        for instance_id, container in machines.items():
            if instance_id not in instances or not instances[instance_id].wanted:
                self._hosts.remove(instance_id, container)

    def _instances(self) -> list[Instance]:
        pages = self._ec2.get_paginator("describe_instances").paginate()
        reservations = (reservation for page in pages for reservation in page["Reservations"])
        return [Instance.of(described) for reservation in reservations for described in reservation["Instances"]]

    def _boot(self, instance: Instance) -> None:
        attribute = self._ec2.describe_instance_attribute(InstanceId=instance.instance_id, Attribute="userData")
        user_data = base64.b64decode(attribute.get("UserData", {}).get("Value", ""))
        files = {**seed(instance, user_data), METADATA_FILE: self._metadata(instance)}
        self._hosts.boot(
            self._environment["REHEARSAL_MACHINE_IMAGE"],
            instance.instance_id,
            label=INSTANCE,
            files=files,
            settings={"REHEARSAL_HOP_LIMIT": str(instance.hop_limit)},
        )
        print(f"booted {instance.instance_id} with {len(user_data)} bytes of user-data", flush=True)

    def _is_stale(self, instance: Instance) -> bool:
        # moto shows a new instance for a moment before it has the profile that it was asked for with.
        profile, since = self._told.get(instance.instance_id, (None, 0.0))
        return profile != instance.profile or time.monotonic() - since >= CREDENTIALS_SECONDS

    def _metadata(self, instance: Instance) -> bytes:
        self._told[instance.instance_id] = (instance.profile, time.monotonic())
        credentials = {role: self._curtain.instance_credentials(role) for role in self._roles(instance.profile)}
        return metadata(instance, self._environment["AWS_REGION"], self._environment["REHEARSAL_ACCOUNT"], credentials)

    def _roles(self, profile: str) -> list[str]:
        if not profile:
            return []
        roles = self._iam.get_instance_profile(InstanceProfileName=profile)["InstanceProfile"]["Roles"]
        return [role["RoleName"] for role in roles]

    def _candidates(self, instances: list[Instance]) -> list[Candidate]:
        machines = self._hosts.labelled(INSTANCE)
        return [
            self._candidate(instance, self._hosts.address(machines[instance.instance_id]))
            for instance in instances
            if instance.instance_id in machines
        ]

    def _candidate(self, instance: Instance, address: str) -> Candidate:
        return Candidate(instance.instance_id, instance.launched, address, is_ready(address))
