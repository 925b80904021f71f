"""One EC2 machine that serves models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.component import Component
from components.naming import caller_names
from components.vpc_endpoints import VpcEndpoints, VpcEndpointsArgs
from tfserving.fleet.lookup import IMAGE_TAG
from tfserving.machine.compose import AGENT_PORT, GRPC_PORT
from tfserving.settings import MachineSettings, NetworkSettings
from tfserving.settings.machine import LATEST, PINNED

UBUNTU_AMI: Final = "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"
# Ubuntu 24.04 with NVIDIA's driver, Docker, Compose and the container toolkit.
GPU_AMI: Final = "/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-ubuntu-24.04/latest/ami-id"
# Images, models and AWS's APIs over HTTPS; Ubuntu's package mirrors over HTTP, their packages are signed.
EGRESS_PORTS: Final = {"https": 443, "http": 80}


@dataclass(frozen=True)
class _Door:
    """Ports that callers reach."""

    suffix: str
    what: str
    first_port: int
    last_port: int


_OPEN: Final = (_Door("", "gRPC, REST and agent", GRPC_PORT, AGENT_PORT),)
_WITHOUT_REST: Final = (
    _Door("-grpc", "gRPC", GRPC_PORT, GRPC_PORT),
    _Door("-agent", "Agent", AGENT_PORT, AGENT_PORT),
)


@dataclass(frozen=True, kw_only=True)
class ModelServerArgs:
    """The machine, who may call it, what it is told at boot, and what it needs of the AWS around it."""

    machine: MachineSettings
    network: NetworkSettings
    rest: bool = True
    instance_profile: pulumi.Input[str]
    user_data: pulumi.Input[str]
    region: pulumi.Input[str]
    account: pulumi.Input[str]
    reads_secrets: bool = False
    kms_key_arn: str = ""
    server_image: pulumi.Input[str] = ""
    tags: Mapping[str, str]


class ModelServer(Component):
    """A machine of its own security group; a change of its user-data makes a new machine."""

    security_group: aws.ec2.SecurityGroup
    instance: aws.ec2.Instance

    def __init__(self, name: str, args: ModelServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ModelServer", name, args.tags, opts)
        self.vpc_id = self._vpc_id(args.network)
        self.subnet_id = self._subnet_id(args.network)
        self.security_group = self._security_group()
        self._admit_callers(args.network, args.rest)
        self._allow_egress()
        self.endpoints = self._endpoints(args) if args.network.vpc_endpoints else None
        self.instance = self._instance(args)
        self.register_outputs({"instance_id": self.instance.id, "private_ip": self.instance.private_ip})

    def _vpc_id(self, network: NetworkSettings) -> pulumi.Output[str]:
        if network.vpc_id:
            return pulumi.Output.from_input(network.vpc_id)
        return aws.ec2.get_vpc_output(default=True, opts=self._invoke()).id

    def _subnet_id(self, network: NetworkSettings) -> pulumi.Output[str]:
        if network.subnet_ids:
            return pulumi.Output.from_input(network.subnet_ids[0])
        subnets = aws.ec2.get_subnets_output(
            filters=[{"name": "vpc-id", "values": [self.vpc_id]}],
            opts=self._invoke(),
        )
        # AWS promises no order, and another first subnet would be another machine.
        return subnets.ids.apply(_first)

    def _security_group(self) -> aws.ec2.SecurityGroup:
        return aws.ec2.SecurityGroup(
            self._name,
            vpc_id=self.vpc_id,
            description="Model server",
            tags=self._tags(self._name),
            opts=self._child(),
        )

    def _admit_callers(self, network: NetworkSettings, rest: bool) -> None:
        names = caller_names((*network.caller_cidrs, *network.caller_security_groups))
        sources: dict[str, dict[str, str]] = {
            **{cidr: {"cidr_ipv6" if ":" in cidr else "cidr_ipv4": cidr} for cidr in network.caller_cidrs},
            **{group: {"referenced_security_group_id": group} for group in network.caller_security_groups},
        }
        for caller, source in sources.items():
            for door in _OPEN if rest else _WITHOUT_REST:
                self._admit(door, caller, names[caller], source)

    def _admit(self, door: "_Door", caller: str, name: str, source: Mapping[str, str]) -> None:
        aws.vpc.SecurityGroupIngressRule(
            f"{self._name}{door.suffix}-from-{name}",
            description=f"{door.what} for {caller}",
            **self._rule(door.first_port, door.last_port),
            **source,
        )

    def _allow_egress(self) -> None:
        for protocol, port in EGRESS_PORTS.items():
            aws.vpc.SecurityGroupEgressRule(
                f"{self._name}-to-{protocol}",
                description=f"Outgoing {protocol}",
                cidr_ipv4="0.0.0.0/0",
                **self._rule(port, port),
            )

    def _rule(self, first_port: int, last_port: int) -> dict[str, Any]:
        return {
            "security_group_id": self.security_group.id,
            "ip_protocol": "tcp",
            "from_port": first_port,
            "to_port": last_port,
            "tags": self._tags(self._name),
            "opts": self._child(),
        }

    def _endpoints(self, args: ModelServerArgs) -> VpcEndpoints:
        return VpcEndpoints(
            f"{self._name}-endpoints",
            VpcEndpointsArgs(
                region=args.region,
                account=args.account,
                vpc_id=self.vpc_id,
                subnet_id=self.subnet_id,
                machines=self.security_group.id,
                secrets=args.reads_secrets,
                tags=args.tags,
            ),
            self._child(),
        )

    def _ami(self, machine: MachineSettings) -> pulumi.Input[str]:
        if machine.ami not in (PINNED, LATEST):
            return machine.ami
        name = GPU_AMI if machine.has_gpu else UBUNTU_AMI
        # The plain value: the other one is treated as a secret and would hide the image in every preview.
        return aws.ssm.get_parameter_output(name=name, opts=self._invoke()).insecure_value

    def _instance(self, args: ModelServerArgs) -> aws.ec2.Instance:
        tags = self._tags(self._name)
        # A newer image must not replace a serving machine because somebody ran an unrelated update (pulumi-eks#88).
        pinned = ["ami"] if args.machine.ami == PINNED else []
        # A pinned image belongs to its kind of machine: one with a GPU cannot boot from the image of one without.
        kind = "-gpu" if args.machine.has_gpu else ""
        return aws.ec2.Instance(
            f"{self._name}{kind}",
            ami=self._ami(args.machine),
            instance_type=args.machine.instance_type,
            subnet_id=self.subnet_id,
            # Subnets of a default VPC give one to whoever does not say.
            associate_public_ip_address=args.network.public_ip,
            vpc_security_group_ids=[self.security_group.id],
            iam_instance_profile=args.instance_profile,
            user_data=args.user_data,
            # cloud-init runs user-data once in a machine's life, so a change means a new machine.
            user_data_replace_on_change=True,
            metadata_options={
                "http_endpoint": "enabled",
                "http_tokens": "required",
                # One hop: the role is for the machine, not for containers on its bridge.
                "http_put_response_hop_limit": 1,
            },
            root_block_device={
                "volume_type": "gp3",
                "volume_size": args.machine.disk_gib,
                "encrypted": True,
                **({"kms_key_id": args.kms_key_arn} if args.kms_key_arn else {}),
                "tags": tags,
            },
            # What a machine runs is told with the machine, so that nobody has to ask the stack that made it.
            tags={**tags, IMAGE_TAG: args.server_image},
            # In place, AWS would stop the machine to change its type, and what it lacks then would go unnoticed.
            opts=self._child(
                ignore_changes=pinned,
                replace_on_changes=["instance_type"],
                # A machine pulls its images as soon as it boots.
                depends_on=[self.endpoints] if self.endpoints else [],
            ),
        )


def _first(subnet_ids: Sequence[str]) -> str:
    if not subnet_ids:
        raise pulumi.RunError("The VPC has no subnet. Name one in tfserving:subnetIds.")
    return min(subnet_ids)
