"""Where the machine stands, and who may call it."""

import ipaddress
from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from tfserving.settings.concern import Concern
from tfserving.settings.values import matching


def _cidr(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value))
    except ValueError as error:
        raise ValueError(f"is not a CIDR block: {error}. Write one such as '10.0.0.0/16'") from error


Cidr = Annotated[str, AfterValidator(_cidr)]
VpcId = Annotated[str, AfterValidator(matching(r"|vpc-[0-9a-f]{8,17}", "a VPC id, such as 'vpc-0abc...'"))]
SubnetId = Annotated[str, AfterValidator(matching(r"subnet-[0-9a-f]{8,17}", "a subnet id, such as 'subnet-0abc...'"))]
SecurityGroupId = Annotated[
    str,
    AfterValidator(matching(r"sg-[0-9a-f]{8,17}", "a security group id, such as 'sg-0abc...'")),
]

WORLD: Final = 0  # prefix length of 0.0.0.0/0 and ::/0


class NetworkSettings(Concern):
    """VPC, subnets and callers; nobody may call until somebody is named."""

    vpc_id: VpcId = Field(
        default="", alias="vpcId", description="VPC of the machine; empty is the account's default VPC."
    )
    subnet_ids: tuple[SubnetId, ...] = Field(
        default=(),
        alias="subnetIds",
        description="Subnets of the VPC for the machine, the first is used; empty is every subnet of the VPC.",
    )
    public_ip: bool = Field(
        default=True,
        alias="publicIp",
        description="Gives the machine a public IPv4 address, the only way out of a default VPC, about 4 USD a month. "
        "Without one it needs a vpcId whose subnet has a NAT gateway, or vpcEndpoints and an ami with Docker, as no "
        "package mirror is reached. A change replaces the machine.",
    )
    vpc_endpoints: bool = Field(
        default=False,
        alias="vpcEndpoints",
        description="Creates the VPC endpoints of S3 (free), ECR, Session Manager and, if the machine reads a secret, "
        "Secrets Manager: 35 to 44 USD a month in all. Every machine of the VPC goes through them, and only the "
        "account's own identities may; leave it off where the VPC has such endpoints.",
    )
    caller_cidrs: tuple[Cidr, ...] = Field(
        default=(),
        alias="callerCidrs",
        description="CIDR blocks that may call gRPC, REST and the agent; nobody unless named.",
    )
    caller_security_groups: tuple[SecurityGroupId, ...] = Field(
        default=(),
        alias="callerSecurityGroups",
        description="Security groups whose members may call gRPC, REST and the agent; nobody unless named.",
    )
    allow_whole_world: bool = Field(
        default=False,
        alias="allowWholeWorld",
        description="Allows 0.0.0.0/0 or ::/0 among the callers. The server has no authentication: anybody could "
        "unload every model.",
    )

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Refuse subnets of an unnamed VPC, and the whole world unless it is meant."""
        if self.subnet_ids and not self.vpc_id:
            yield "subnetIds", "names subnets, but vpcId is empty. Set vpcId to the VPC they belong to."
        for cidr in self.caller_cidrs:
            if ipaddress.ip_network(cidr).prefixlen == WORLD and not self.allow_whole_world:
                yield (
                    "callerCidrs",
                    f"{cidr!r} lets the whole world call a server that has no authentication. "
                    "Name the networks that need it, or set allowWholeWorld to true.",
                )
