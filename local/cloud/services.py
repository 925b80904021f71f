"""The three containers that are the AWS: what each is given."""

import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import Any, Final

from local.cloud.endpoints import ACCOUNT, REGION, Ports
from local.cloud.network import Addresses

TLS_PORT: Final = "443/tcp"
LOOPBACK: Final = "127.0.0.1"
REGISTRY_CONFIG: Final = """\
version: 0.1
log: {level: warn}
storage:
  filesystem: {rootdirectory: /var/lib/registry}
  delete: {enabled: true}
http:
  addr: 0.0.0.0:443
  tls: {certificate: /etc/rehearsal/server.crt, key: /etc/rehearsal/server.key}
auth:
  htpasswd: {realm: ecr, path: /etc/rehearsal/htpasswd}
"""


@dataclass(frozen=True)
class Service:
    """One container: its command, its address, and what it is given."""

    role: str
    image: str
    command: list[str]
    address: str
    ports: Mapping[str, Any]
    files: Mapping[str, bytes]
    environment: Mapping[str, str]
    volumes: Mapping[str, Mapping[str, str]]


def services(
    *,
    name: str,
    image: str,
    machine_image: str,
    builder_image: str,
    addresses: Addresses,
    ports: Ports,
    certificate: tuple[bytes, bytes],
    operator: tuple[str, str],
    labels: Mapping[str, str],
) -> list[Service]:
    """Give the containers of a rehearsal in the order they start."""
    tls = {"etc/rehearsal/server.crt": certificate[0], "etc/rehearsal/server.key": certificate[1]}
    account = _account(addresses, operator)
    data_plane = {
        "AWS_ENDPOINT_URL": f"https://{addresses.aws}",
        "REHEARSAL_NETWORK": name,
        "REHEARSAL_MACHINE_IMAGE": machine_image,
        "REHEARSAL_BUILDER_IMAGE": builder_image,
        "REHEARSAL_LABELS": json.dumps(dict(labels)),
    }
    return [
        _api(image, addresses, tls, account),
        _registry(image, addresses, tls, volume=f"{name}-registry"),
        _data_plane(image, addresses, ports, {**account, **data_plane}),
    ]


def _account(addresses: Addresses, operator: tuple[str, str]) -> dict[str, str]:
    return {
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": operator[0],
        "AWS_SECRET_ACCESS_KEY": operator[1],
        "REHEARSAL_ACCOUNT": ACCOUNT,
        "REHEARSAL_AWS_ADDRESS": addresses.aws,
        "REHEARSAL_REGISTRY_ADDRESS": addresses.registry,
    }


def _api(image: str, addresses: Addresses, tls: Mapping[str, bytes], environment: Mapping[str, str]) -> Service:
    return Service(
        role="aws",
        image=image,
        command=["python3", "-m", "local.aws.server"],
        address=addresses.aws,
        ports={TLS_PORT: (LOOPBACK, None)},
        files=tls,
        environment=environment,
        volumes={},
    )


def _registry(image: str, addresses: Addresses, tls: Mapping[str, bytes], volume: str) -> Service:
    return Service(
        role="registry",
        image=image,
        command=["sh", "-c", _serve_registry()],
        address=addresses.registry,
        ports={TLS_PORT: (LOOPBACK, None)},
        files={**tls, "etc/rehearsal/registry.yml": REGISTRY_CONFIG.encode()},
        environment={},
        volumes={volume: {"bind": "/var/lib/registry", "mode": "rw"}},
    )


def _data_plane(image: str, addresses: Addresses, ports: Ports, environment: Mapping[str, str]) -> Service:
    inside = (f"{port}/tcp" for port in (8500, 8501, 8502))
    return Service(
        role="ec2",
        image=image,
        command=["python3", "-m", "local.watchers"],
        address=addresses.ec2,
        ports={port: (LOOPBACK, outside) for port, outside in zip(inside, astuple(ports), strict=True)},
        files={},
        environment=environment,
        volumes={"/var/run/docker.sock": {"bind": "/var/run/docker.sock", "mode": "rw"}},
    )


def _serve_registry() -> str:
    # The password moto's ECR hands out.
    credentials = f"htpasswd -Bbn AWS {ACCOUNT}-auth-token > /etc/rehearsal/htpasswd"
    return f"{credentials} && exec docker-registry serve /etc/rehearsal/registry.yml"
