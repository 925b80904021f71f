"""Instances as the AWS API reports them, and what a machine is given of one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

RUNNING: Final = frozenset({"pending", "running"})


@dataclass(frozen=True)
class Instance:
    """One EC2 instance."""

    instance_id: str
    state: str
    launched: str
    private_ip: str
    image_id: str
    instance_type: str
    zone: str
    profile: str
    hop_limit: int

    @property
    def wanted(self) -> bool:
        """Tell whether a machine must run for this instance."""
        return self.state in RUNNING

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> "Instance":
        """Read one instance of DescribeInstances."""
        return cls(
            instance_id=described["InstanceId"],
            state=described["State"]["Name"],
            launched=str(described["LaunchTime"]),
            private_ip=described.get("PrivateIpAddress", ""),
            image_id=described.get("ImageId", ""),
            instance_type=described["InstanceType"],
            zone=described["Placement"]["AvailabilityZone"],
            profile=(described.get("IamInstanceProfile") or {}).get("Arn", "").rsplit("/", 1)[-1],
            hop_limit=(described.get("MetadataOptions") or {}).get("HttpPutResponseHopLimit", 1),
        )


def seed(instance: Instance, user_data: bytes) -> dict[str, bytes]:
    """Give the files cloud-init reads: user-data byte for byte, and who the machine is."""
    meta_data = {"instance-id": instance.instance_id, "local-hostname": f"ip-{instance.private_ip.replace('.', '-')}"}
    return {
        "var/lib/cloud/seed/nocloud/user-data": user_data,
        "var/lib/cloud/seed/nocloud/meta-data": json.dumps(meta_data).encode(),
    }


def metadata(instance: Instance, region: str, account: str, credentials: Mapping[str, Mapping[str, str]]) -> bytes:
    """Give the metadata service's documents by path; credentials are by role name."""
    identity = {
        "accountId": account,
        "availabilityZone": instance.zone,
        "imageId": instance.image_id,
        "instanceId": instance.instance_id,
        "instanceType": instance.instance_type,
        "privateIp": instance.private_ip,
        "region": region,
    }
    documents = {
        "latest/meta-data/ami-id": instance.image_id,
        "latest/meta-data/instance-id": instance.instance_id,
        "latest/meta-data/instance-type": instance.instance_type,
        "latest/meta-data/local-ipv4": instance.private_ip,
        "latest/meta-data/placement/availability-zone": instance.zone,
        "latest/meta-data/placement/region": region,
        "latest/dynamic/instance-identity/document": json.dumps(identity, indent=2),
    }
    for role, values in credentials.items():
        documents[f"latest/meta-data/iam/security-credentials/{role}"] = json.dumps(values, indent=2)
    return json.dumps(documents).encode()
