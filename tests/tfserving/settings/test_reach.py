"""A machine without a public address must still reach what it boots from."""

import pytest

from tests.tfserving.settings.test_load import problems_of
from tfserving.settings import load_settings

AMI = "ami-0123456789abcdef0"
VPC = "vpc-0123456789abcdef0"


def test_a_machine_has_a_public_address_and_no_endpoints_unless_told_otherwise() -> None:
    network = load_settings({}).network
    assert (network.public_ip, network.vpc_endpoints) == (True, False)


def test_a_default_vpc_without_address_and_endpoints_is_refused_with_every_way_out_and_its_price() -> None:
    message = problems_of(publicIp="false", ami=AMI)["tfserving:publicIp"]
    for remedy in ("vpcEndpoints", "about 35 USD", "NAT gateway", "about 38", "publicIp", "about 4"):
        assert remedy in message


@pytest.mark.parametrize("ami", ["pinned", "latest"])
def test_endpoints_lead_to_no_package_mirror_so_the_image_must_have_docker(ami: str) -> None:
    message = problems_of(publicIp="false", vpcEndpoints="true", ami=ami)["tfserving:ami"]
    for remedy in (repr(ami), "docker.io", "docker-compose-v2", "amazon-ecr-credential-helper", "NAT gateway"):
        assert remedy in message


def test_both_mistakes_are_reported_at_once() -> None:
    assert set(problems_of(publicIp="false")) == {"tfserving:publicIp", "tfserving:ami"}


@pytest.mark.parametrize(
    "values",
    [
        {"publicIp": "false", "vpcEndpoints": "true", "ami": AMI},
        {"publicIp": "false", "vpcId": VPC},
        {"publicIp": "false", "vpcId": VPC, "vpcEndpoints": "true"},
        {"vpcEndpoints": "true"},
    ],
)
def test_a_machine_with_a_way_out_is_accepted(values: dict[str, str]) -> None:
    assert load_settings(values)
