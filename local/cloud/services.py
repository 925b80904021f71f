"""The three containers that are the AWS: what each is given."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
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
    common = {
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": operator[0],
        "AWS_SECRET_ACCESS_KEY": operator[1],
        "REHEARSAL_ACCOUNT": ACCOUNT,
        "REHEARSAL_AWS_ADDRESS": addresses.aws,
        "REHEARSAL_REGISTRY_ADDRESS": addresses.registry,
    }
    data_plane = {
        "AWS_ENDPOINT_URL": f"https://{addresses.aws}",
        "REHEARSAL_NETWORK": name,
        "REHEARSAL_MACHINE_IMAGE": machine_image,
        "REHEARSAL_BUILDER_IMAGE": builder_image,
        "REHEARSAL_LABELS": json.dumps(dict(labels)),
    }
    published = {
        f"{inside}/tcp": (LOOPBACK, outside) for inside, outside in zip((8500, 8501, 8502), _all(ports), strict=True)
    }
    return [
        Service(
            role="aws",
            image=image,
            command=["python3", "-m", "local.aws.server"],
            address=addresses.aws,
            ports={TLS_PORT: (LOOPBACK, None)},
            files=tls,
            environment=common,
            volumes={},
        ),
        Service(
            role="registry",
            image=image,
            command=["sh", "-c", _serve_registry()],
            address=addresses.registry,
            ports={TLS_PORT: (LOOPBACK, None)},
            files={**tls, "etc/rehearsal/registry.yml": REGISTRY_CONFIG.encode()},
            environment={},
            volumes={f"{name}-registry": {"bind": "/var/lib/registry", "mode": "rw"}},
        ),
        Service(
            role="ec2",
            image=image,
            command=["python3", "-m", "local.data_plane"],
            address=addresses.ec2,
            ports=published,
            files={},
            environment={**common, **data_plane},
            volumes={"/var/run/docker.sock": {"bind": "/var/run/docker.sock", "mode": "rw"}},
        ),
    ]


def _all(ports: Ports) -> tuple[int, int, int]:
    return ports.grpc, ports.rest, ports.agent


def _serve_registry() -> str:
    # The password moto's ECR hands out.
    credentials = f"htpasswd -Bbn AWS {ACCOUNT}-auth-token > /etc/rehearsal/htpasswd"
    return f"{credentials} && exec docker-registry serve /etc/rehearsal/registry.yml"
