"""The rehearsal's network, and the addresses on it."""

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import docker
from docker.types import IPAMConfig, IPAMPool

from tfserving.errors import TfServingError

# Rarely used by companies or home routers, so that a machine of the rehearsal shadows nothing real.
CANDIDATES: Final = ipaddress.IPv4Network("10.213.0.0/16")
ROUTES: Final = Path("/proc/net/route")


@dataclass(frozen=True)
class Addresses:
    """Fixed addresses of a subnet; containers without one get theirs from the upper half."""

    subnet: ipaddress.IPv4Network

    @property
    def dynamic(self) -> ipaddress.IPv4Network:
        """Give the half that Docker hands out, away from the fixed addresses."""
        return list(self.subnet.subnets(1))[1]

    @property
    def aws(self) -> str:
        """Give the address of the AWS API."""
        return str(self.subnet[10])

    @property
    def registry(self) -> str:
        """Give the address of the registry."""
        return str(self.subnet[11])

    @property
    def ec2(self) -> str:
        """Give the address of EC2's data plane."""
        return str(self.subnet[12])


def free_subnet(taken: Iterable[ipaddress.IPv4Network]) -> ipaddress.IPv4Network:
    """Choose a subnet that overlaps none of those taken.

    Raises TfServingError if there is none.
    """
    used = list(taken)
    for subnet in CANDIDATES.subnets(new_prefix=24):
        if not any(subnet.overlaps(other) for other in used):
            return subnet
    raise TfServingError(f"Every /24 of {CANDIDATES} is in use. Remove Docker networks that nobody needs.")


def routed(table: str) -> Iterator[ipaddress.IPv4Network]:
    """Read the subnets of a routing table in the form of /proc/net/route, the default route aside."""
    for line in table.splitlines()[1:]:
        fields = line.split()
        destination, mask = (int.from_bytes(bytes.fromhex(fields[column]), "little") for column in (1, 7))
        if mask:
            yield ipaddress.IPv4Network((destination, bin(mask).count("1")))


def create(client: docker.DockerClient, name: str, labels: dict[str, str]) -> Addresses:
    """Create the network."""
    addresses = Addresses(free_subnet([*_docker_subnets(client), *_host_routes()]))
    pool = IPAMPool(subnet=str(addresses.subnet), iprange=str(addresses.dynamic), gateway=str(addresses.subnet[1]))
    client.networks.create(name, driver="bridge", labels=labels, ipam=IPAMConfig(pool_configs=[pool]))
    return addresses


def addresses_of(network: Any) -> Addresses:
    """Give the addresses of a network that exists."""
    return Addresses(ipaddress.IPv4Network(network.attrs["IPAM"]["Config"][0]["Subnet"]))


def _docker_subnets(client: docker.DockerClient) -> Iterator[ipaddress.IPv4Network]:
    for network in client.networks.list():
        for config in (network.attrs.get("IPAM") or {}).get("Config") or ():
            if ":" not in config["Subnet"]:
                yield ipaddress.IPv4Network(config["Subnet"])


def _host_routes() -> list[ipaddress.IPv4Network]:
    return list(routed(ROUTES.read_text())) if ROUTES.exists() else []
