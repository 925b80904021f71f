"""The rehearsal's network stays out of everybody's way."""

import ipaddress

import pytest

from local.cloud.network import CANDIDATES, Addresses, free_subnet, routed
from tfserving.errors import TfServingError

ROUTES = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
tun0\t0000D50A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
"""


def test_the_routing_table_gives_subnets_without_the_default_route() -> None:
    assert [str(subnet) for subnet in routed(ROUTES)] == ["172.17.0.0/16", "10.213.0.0/24"]


def test_a_subnet_is_chosen_that_overlaps_no_other() -> None:
    taken = [*routed(ROUTES), ipaddress.IPv4Network("10.213.1.128/25")]
    assert str(free_subnet(taken)) == "10.213.2.0/24"


def test_when_everything_is_taken_there_is_a_word_on_what_to_remove() -> None:
    with pytest.raises(TfServingError, match="Remove Docker networks"):
        free_subnet([CANDIDATES])


def test_fixed_addresses_are_not_among_those_docker_hands_out() -> None:
    addresses = Addresses(ipaddress.IPv4Network("10.213.0.0/24"))
    fixed = {addresses.aws, addresses.registry, addresses.ec2}
    assert len(fixed) == 3
    assert not any(ipaddress.IPv4Address(address) in addresses.dynamic for address in fixed)
