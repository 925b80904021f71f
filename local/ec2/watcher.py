"""Keep one machine running for each instance: `python -m local.ec2.watcher`."""

import asyncio
import base64
import json
import os
import ssl
import sys
import time
import traceback
import urllib.request
from collections.abc import Mapping
from typing import Any, Final

import boto3
import docker
from botocore.exceptions import BotoCoreError, ClientError
from docker.errors import APIError, NotFound

from local.ec2.containers import Machines
from local.ec2.forwarder import PORTS, Candidate, choose, forward, is_ready
from local.ec2.instance import Instance, metadata, seed

PERIOD_SECONDS: Final = 0.5
# Well before the hour they last, as EC2 does.
CREDENTIALS_SECONDS: Final = 1800
METADATA_FILE: Final = "etc/rehearsal/metadata.json"


class Watcher:
    """Compares instances with machines and sets the difference right."""

    def __init__(self, ec2: Any, iam: Any, machines: Machines, environment: Mapping[str, str]) -> None:
        self._ec2 = ec2
        self._iam = iam
        self._machines = machines
        self._environment = environment
        self._refreshed: dict[str, float] = {}
        self.current: Candidate | None = None

    def look(self) -> None:
        """Boot and remove machines, renew their credentials, and choose the one that gets the traffic."""
        instances = {instance.instance_id: instance for instance in self._instances()}
        machines = self._machines.running()
        for instance_id, container in machines.items():
            if instance_id not in instances or not instances[instance_id].wanted:
                self._machines.remove(instance_id, container)
        for instance in instances.values():
            if instance.wanted and instance.instance_id not in machines:
                self._boot(instance)
            elif instance.wanted and self._is_stale(instance):
                self._machines.write(machines[instance.instance_id], {METADATA_FILE: self._metadata(instance)})
        wanted = [instance for instance in instances.values() if instance.wanted]
        self.current = choose(self._candidates(wanted), self.current.instance_id if self.current else None)

    def _instances(self) -> list[Instance]:
        pages = self._ec2.get_paginator("describe_instances").paginate()
        reservations = (reservation for page in pages for reservation in page["Reservations"])
        return [Instance.of(described) for reservation in reservations for described in reservation["Instances"]]

    def _boot(self, instance: Instance) -> None:
        attribute = self._ec2.describe_instance_attribute(InstanceId=instance.instance_id, Attribute="userData")
        user_data = base64.b64decode(attribute.get("UserData", {}).get("Value", ""))
        files = {**seed(instance, user_data), METADATA_FILE: self._metadata(instance)}
        self._machines.boot(instance.instance_id, instance.hop_limit, files)
        print(f"booted {instance.instance_id} with {len(user_data)} bytes of user-data", flush=True)

    def _is_stale(self, instance: Instance) -> bool:
        return time.monotonic() - self._refreshed.get(instance.instance_id, -CREDENTIALS_SECONDS) >= CREDENTIALS_SECONDS

    def _metadata(self, instance: Instance) -> bytes:
        self._refreshed[instance.instance_id] = time.monotonic()
        credentials = {role: self._credentials(role) for role in self._roles(instance.profile)}
        return metadata(instance, self._environment["AWS_REGION"], self._environment["REHEARSAL_ACCOUNT"], credentials)

    def _roles(self, profile: str) -> list[str]:
        if not profile:
            return []
        roles = self._iam.get_instance_profile(InstanceProfileName=profile)["InstanceProfile"]["Roles"]
        return [role["RoleName"] for role in roles]

    def _credentials(self, role: str) -> dict[str, str]:
        request = urllib.request.Request(  # noqa: S310 - always https
            f"{self._environment['AWS_ENDPOINT_URL']}/rehearsal/instance-credentials/{role}",
            headers={"X-Rehearsal-Secret": self._environment["AWS_SECRET_ACCESS_KEY"]},
        )
        context = ssl.create_default_context(cafile=self._environment["AWS_CA_BUNDLE"])
        with urllib.request.urlopen(request, timeout=10, context=context) as answer:  # noqa: S310 - always https
            credentials: dict[str, str] = json.load(answer)
            return credentials

    def _candidates(self, instances: list[Instance]) -> list[Candidate]:
        machines = self._machines.running()
        return [
            self._candidate(instance, self._machines.address(machines[instance.instance_id]))
            for instance in instances
            if instance.instance_id in machines
        ]

    def _candidate(self, instance: Instance, address: str) -> Candidate:
        return Candidate(instance.instance_id, instance.launched, address, is_ready(address))


async def serve(watcher: Watcher) -> None:
    """Look every half second, and forward connections meanwhile."""
    for port in PORTS:
        await forward(port, lambda: watcher.current.address if watcher.current else None)
    while True:
        try:
            await asyncio.to_thread(watcher.look)
        except (NotFound, APIError, BotoCoreError, ClientError, OSError) as error:
            # Containers and instances come and go between two calls; the next look sees what is there then.
            print(f"looking again: {error}", file=sys.stderr, flush=True)
        except Exception:
            traceback.print_exc()
        await asyncio.sleep(PERIOD_SECONDS)


def main() -> None:
    """Watch the rehearsal named in the environment."""
    environment = dict(os.environ)
    machines = Machines(
        docker.from_env(),
        image=environment["REHEARSAL_MACHINE_IMAGE"],
        network=environment["REHEARSAL_NETWORK"],
        resolver=environment["REHEARSAL_AWS_ADDRESS"],
        labels=json.loads(environment["REHEARSAL_LABELS"]),
    )
    asyncio.run(serve(Watcher(boto3.client("ec2"), boto3.client("iam"), machines, environment)))


if __name__ == "__main__":
    main()
