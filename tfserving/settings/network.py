"""Where the machine stands, and who may call it."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

from tfserving.settings.callers import caller_mistakes, cidr_block
from tfserving.settings.concern import Concern
from tfserving.settings.values import HEX_ID, matching

Cidr = Annotated[str, AfterValidator(cidr_block)]
VpcId = Annotated[str, AfterValidator(matching(rf"|vpc-{HEX_ID}", "a VPC id, such as 'vpc-0abc...'"))]
SubnetId = Annotated[str, AfterValidator(matching(rf"subnet-{HEX_ID}", "a subnet id, such as 'subnet-0abc...'"))]
SecurityGroupId = Annotated[
    str,
    AfterValidator(matching(rf"sg-{HEX_ID}", "a security group id, such as 'sg-0abc...'")),
]


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
        description="Allows 0.0.0.0/0 or ::/0 among the callers, in one piece or in several. The server has no "
        "authentication: anybody could unload every model.",
    )

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Refuse subnets of an unnamed VPC, and the whole world unless it is meant."""
        if self.subnet_ids and not self.vpc_id:
            yield "subnetIds", "names subnets, but vpcId is empty. Set vpcId to the VPC they belong to."
        yield from (("callerCidrs", mistake) for mistake in caller_mistakes(self.caller_cidrs, self.allow_whole_world))
