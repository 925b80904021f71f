"""The ways to AWS of a machine without a public address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components import policies
from components.component import Component

# By the namespace of the actions each passes. Session Manager's agent needs no ec2messages since 3.3.40.0, and newer
# regions have no such endpoint.
INTERFACES: Final[Mapping[str, str]] = {
    "ecr.api": "ecr",
    "ecr.dkr": "ecr",
    "ssm": "ssm",
    "ssmmessages": "ssmmessages",
}
SECRETS: Final[Mapping[str, str]] = {"secretsmanager": "secretsmanager"}
HTTPS: Final = 443


@dataclass(frozen=True, kw_only=True)
class VpcEndpointsArgs:
    """Where the machine stands, the security group it is in, and whether it reads secrets."""

    region: pulumi.Input[str]
    account: pulumi.Input[str]
    vpc_id: pulumi.Input[str]
    subnet_id: pulumi.Input[str]
    machines: pulumi.Input[str]
    secrets: bool
    tags: Mapping[str, str]


class VpcEndpoints(Component):
    """An endpoint for each service a machine boots from, in its subnet alone; only identities of the account pass.

    Their private names hold for the whole VPC, so whoever is in it may connect: others would lose these services.
    """

    security_group: aws.ec2.SecurityGroup

    def __init__(self, name: str, args: VpcEndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("VpcEndpoints", name, args.tags, opts)
        self._args = args
        self.security_group = self._security_group()
        self._admit()
        self._gateway()
        for service, namespace in {**INTERFACES, **(SECRETS if args.secrets else {})}.items():
            self._interface(service, namespace)
        self.register_outputs({"security_group": self.security_group.id})

    def _security_group(self) -> aws.ec2.SecurityGroup:
        return aws.ec2.SecurityGroup(
            self._name,
            vpc_id=self._args.vpc_id,
            description="VPC endpoints",
            tags=self._tags(self._name),
            opts=self._child(),
        )

    def _admit(self) -> None:
        vpc = aws.ec2.get_vpc_output(id=self._args.vpc_id, opts=self._invoke())
        sources = {
            "vpc": {"cidr_ipv4": vpc.cidr_block},
            # Its subnet may be of a further block of the VPC.
            "machine": {"referenced_security_group_id": self._args.machines},
        }
        for who, source in sources.items():
            aws.vpc.SecurityGroupIngressRule(
                f"{self._name}-from-{who}",
                security_group_id=self.security_group.id,
                description=f"HTTPS from the {who}",
                ip_protocol="tcp",
                from_port=HTTPS,
                to_port=HTTPS,
                tags=self._tags(self._name),
                opts=self._child(),
                **source,
            )

    def _gateway(self) -> None:
        region = self._args.region
        partition = aws.get_partition_output(opts=self._invoke()).partition
        statements = [
            policies.for_the_account("s3", self._args.account),
            policies.image_layers(partition, region),
        ]
        aws.ec2.VpcEndpoint(
            f"{self._name}-s3",
            vpc_id=self._args.vpc_id,
            service_name=_service_name(region, "s3"),
            vpc_endpoint_type="Gateway",
            route_table_ids=[self._route_table()],
            policy=pulumi.Output.json_dumps(policies.document(statements)),
            tags=self._tags(f"{self._name}-s3"),
            opts=self._child(),
        )

    def _route_table(self) -> pulumi.Output[str]:
        own = self._route_tables("association.subnet-id", self._args.subnet_id)
        # A subnet without a table of its own has the VPC's.
        main = self._route_tables("association.main", "true")
        return pulumi.Output.all(own, main).apply(lambda tables: str((tables[0] or tables[1])[0]))

    def _route_tables(self, name: str, value: pulumi.Input[str]) -> pulumi.Output[Sequence[str]]:
        return aws.ec2.get_route_tables_output(
            vpc_id=self._args.vpc_id,
            filters=[{"name": name, "values": [value]}],
            opts=self._invoke(),
        ).ids

    def _interface(self, service: str, namespace: str) -> None:
        name = f"{self._name}-{service.replace('.', '-')}"
        aws.ec2.VpcEndpoint(
            name,
            vpc_id=self._args.vpc_id,
            service_name=_service_name(self._args.region, service),
            vpc_endpoint_type="Interface",
            subnet_ids=[self._args.subnet_id],
            security_group_ids=[self.security_group.id],
            private_dns_enabled=True,
            policy=pulumi.Output.json_dumps(
                policies.document([policies.for_the_account(namespace, self._args.account)])
            ),
            tags=self._tags(name),
            opts=self._child(),
        )


def _service_name(region: pulumi.Input[str], service: str) -> pulumi.Output[str]:
    return pulumi.Output.concat("com.amazonaws.", region, ".", service)
