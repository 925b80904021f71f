"""Whether a machine without a public address reaches what it boots from: rules that hold two concerns together."""

from collections.abc import Iterator

from tfserving.settings.machine import LATEST, PINNED, MachineSettings
from tfserving.settings.network import NetworkSettings


def cut_off(machine: MachineSettings, network: NetworkSettings) -> Iterator[tuple[str, str]]:
    """Yield (configuration key, message) for a machine that could neither pull its images nor install Docker.

    A VPC of the operator's own may have a NAT gateway, which is not looked for; a default VPC has none.
    """
    if network.public_ip or network.vpc_id:
        return
    if not network.vpc_endpoints:
        yield (
            "publicIp",
            "is false, but vpcId is empty, and a machine without an address reaches neither S3 nor ECR from the "
            "default VPC. Set vpcEndpoints to true, about 35 USD a month; or vpcId and subnetIds to a subnet with a "
            "NAT gateway, about 38 USD a month; or leave publicIp out, about 4.",
        )
    if machine.ami in (PINNED, LATEST):
        yield (
            "ami",
            f"is {machine.ami!r}, but with publicIp false a machine in the default VPC reaches no package mirror, and "
            "that image lacks Docker's Compose or ECR's credential helper. Set ami to an image of yours of Ubuntu "
            "24.04 with docker.io, docker-compose-v2 and amazon-ecr-credential-helper installed; or set vpcId and "
            "subnetIds to a subnet with a NAT gateway.",
        )
