"""A machine without a public address, and its ways to AWS."""

import json
from typing import Any

import pytest

from tests.components import conftest
from tests.components.conftest import Deploy, Recording
from tests.components.test_native import NATIVE
from tests.components.test_program import READY

AMI = "ami-0fedcba9876543210"
PRIVATE = {**READY, "publicIp": "false", "vpcEndpoints": "true", "ami": AMI}
SERVICES = {"s3", "ecr.api", "ecr.dkr", "ssm", "ssmmessages"}


def endpoints(stack: Recording) -> dict[str, dict[str, Any]]:
    """Give the inputs of the endpoints by service."""
    found = (one.inputs for one in stack.all("ec2/vpcEndpoint:VpcEndpoint"))
    return {one["serviceName"].removeprefix("com.amazonaws.eu-central-1."): one for one in found}


def statements(endpoint: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Give an endpoint's policy statements by Sid."""
    return {statement["Sid"]: statement for statement in json.loads(endpoint["policy"])["Statement"]}


@pytest.mark.parametrize(("settings", "expected"), [(READY, True), (PRIVATE, False)])
def test_whether_the_machine_gets_a_public_address_is_said_and_not_left_to_the_subnet(
    deploy: Deploy, settings: dict[str, str], expected: bool
) -> None:
    assert deploy(**settings).only("ec2/instance:Instance").inputs["associatePublicIpAddress"] is expected


def test_a_stack_that_does_not_ask_has_no_endpoints(deploy: Deploy) -> None:
    assert endpoints(deploy(**READY)) == {}


def test_there_is_an_endpoint_for_all_a_machine_boots_from_in_its_subnet_alone(deploy: Deploy) -> None:
    found = endpoints(deploy(**PRIVATE))
    assert set(found) == SERVICES
    for service, endpoint in found.items():
        if service != "s3":
            assert endpoint["vpcEndpointType"] == "Interface"
            assert endpoint["subnetIds"] == ["subnet-0a"]
            assert endpoint["privateDnsEnabled"] is True
            assert endpoint["securityGroupIds"] == ["tfserving-dev-server-endpoints-id"]


def test_a_native_servers_key_has_a_way_too(deploy: Deploy) -> None:
    assert set(endpoints(deploy(**{**NATIVE, **PRIVATE}))) == {*SERVICES, "secretsmanager"}


@pytest.mark.parametrize(("own", "expected"), [([], "rtb-0main"), (["rtb-0own"], "rtb-0own")])
def test_s3_is_in_the_route_table_of_the_machines_subnet(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch, own: list[str], expected: str
) -> None:
    def tables(inputs: dict[str, Any]) -> dict[str, Any]:
        (asked,) = inputs["filters"]
        return {"ids": ["rtb-0main"] if asked == {"name": "association.main", "values": ["true"]} else own}

    monkeypatch.setitem(conftest.INVOKES, "aws:ec2/getRouteTables:getRouteTables", tables)
    gateway = endpoints(deploy(**PRIVATE))["s3"]
    assert gateway["vpcEndpointType"] == "Gateway"
    assert gateway["routeTableIds"] == [expected]


def test_only_identities_of_the_account_pass_each_to_its_own_service(deploy: Deploy) -> None:
    for service, endpoint in endpoints(deploy(**PRIVATE)).items():
        account = statements(endpoint)["Account"]
        assert account["Action"] == f"{service.partition('.')[0]}:*"
        assert account["Condition"] == {"StringEquals": {"aws:PrincipalAccount": "123456789012"}}


def test_layers_that_ecr_signs_itself_pass_for_reading_from_its_bucket_alone(deploy: Deploy) -> None:
    found = endpoints(deploy(**PRIVATE))
    layers = statements(found["s3"])["ImageLayers"]
    assert layers["Action"] == "s3:GetObject"
    assert layers["Resource"] == "arn:aws:s3:::prod-eu-central-1-starport-layer-bucket/*"
    assert all(set(statements(endpoint)) == {"Account"} for service, endpoint in found.items() if service != "s3")


def test_the_vpc_and_the_machine_may_connect_and_nobody_else(deploy: Deploy) -> None:
    rules = {rule.name: rule.inputs for rule in deploy(**PRIVATE).all(":SecurityGroupIngressRule")}
    assert set(rules) == {"tfserving-dev-server-endpoints-from-vpc", "tfserving-dev-server-endpoints-from-machine"}
    assert {(rule["fromPort"], rule["toPort"]) for rule in rules.values()} == {(443, 443)}
    assert rules["tfserving-dev-server-endpoints-from-vpc"]["cidrIpv4"] == "172.31.0.0/16"
    machine = rules["tfserving-dev-server-endpoints-from-machine"]
    assert machine["referencedSecurityGroupId"] == "tfserving-dev-server-id"


def test_the_machine_is_made_after_its_ways_to_aws(deploy: Deploy) -> None:
    waited_for = deploy(**PRIVATE).only("ec2/instance:Instance").options.dependencies
    assert len([urn for urn in waited_for if urn.rpartition("$")[2].startswith("aws:ec2/vpcEndpoint:")]) == 5


def test_a_machine_without_an_address_exports_none(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    exported: list[str] = []
    monkeypatch.setattr("pulumi.export", lambda name, _: exported.append(name))
    deploy(**PRIVATE)
    assert "privateIp" in exported
    assert "publicIp" not in exported
    deploy(**READY)
    assert "publicIp" in exported
