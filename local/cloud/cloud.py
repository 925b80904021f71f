"""Starting, finding and removing the AWS of a rehearsal."""

import hashlib
import json
import secrets
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final

import docker
from docker.errors import APIError, NotFound
from docker.types import EndpointConfig

from local.cloud import engine, loopback, network
from local.cloud.certificates import Authority
from local.cloud.endpoints import REGION, Endpoints, Ports
from local.cloud.images import Images
from local.cloud.services import TLS_PORT, Service, services
from local.data_plane.hosts import INSTANCE, archive
from local.folders import CACHE
from tfserving.errors import TfServingError

REHEARSAL: Final = "tfserving-aws.rehearsal"
ROLE: Final = "tfserving-aws.role"
INPUTS: Final = "tfserving-aws.inputs"
ROLES: Final = ("aws", "registry", "ec2")
_LONGEST_START_SECONDS: Final = 60
_CONSOLE: Final = """\
cat /var/log/cloud-init-output.log 2>/dev/null
systemctl --failed --no-pager --plain 2>/dev/null
grep -h level=error /root/.ecr/log/*.log 2>/dev/null | tail -n 3
"""


@dataclass(frozen=True)
class Machine:
    """A machine of the rehearsal, as its engine knows it."""

    instance_id: str
    state: str
    container: str


@dataclass(frozen=True)
class Cloud:
    """The AWS of one rehearsal; everything of it carries the rehearsal's label."""

    name: str
    folder: Path
    ports: Ports
    report: Callable[[str], None]

    def start(self) -> Endpoints:
        """Bring up what is missing and say where it answers; what runs with the same inputs is left alone.

        Raises TfServingError if no engine answers, or a port on loopback is taken.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        images = Images(self._client, self._authority.ensure(), self.report)
        # A builder is named only: who has something to build asks for its image.
        made = {"image": images.ensure("aws"), "machine_image": images.ensure("machine")}
        made["builder_image"] = images.tag("builder")
        inputs = _inputs(*made.values(), repr(self.ports), self._authority.certificate_file.read_text())
        if not self._runs_with(inputs):
            self.stop()
            loopback.demand_free(self.ports)
            self._create(made, inputs)
        endpoints = self.endpoints()
        assert endpoints is not None
        return endpoints

    def image(self, name: str, release: str = "") -> str:
        """Give one of the rehearsal's images, building it if need be; the stand-in server's may speak as a release."""
        return Images(self._client, self._authority.ensure(), self.report).ensure(name, release)

    def is_running(self) -> bool:
        """Tell whether all three containers run."""
        return all(container.status == "running" for container in self._services()) and len(self._services()) == len(
            ROLES
        )

    def endpoints(self) -> Endpoints | None:
        """Say where the AWS answers, or None if it is not up."""
        if not self.is_running() or not self._operator_file.exists():
            return None
        access_key, secret_key = json.loads(self._operator_file.read_text())
        ports = {
            container.labels[ROLE]: _published(container)
            for container in self._services()
            if container.labels[ROLE] != "ec2"
        }
        return Endpoints(
            aws_url=f"https://127.0.0.1:{ports['aws']}",
            ca_file=self._authority.certificate_file,
            access_key=access_key,
            secret_key=secret_key,
            registry=f"127.0.0.1:{ports['registry']}",
        )

    @property
    def generation(self) -> str:
        """Give an id that changes whenever the AWS begins anew, all it knew being lost."""
        aws = [container for container in self._services() if container.labels[ROLE] == "aws"]
        return f"{aws[0].id} {aws[0].attrs['State']['StartedAt']}" if aws else ""

    def machines(self) -> list[Machine]:
        """List the machines."""
        return [Machine(c.labels[INSTANCE], c.status, c.name) for c in self._containers() if INSTANCE in c.labels]

    def console(self, instance_id: str) -> str:
        """Give what a machine has logged: cloud-init's output, what failed of systemd's, why ECR gave no token."""
        return self.execute(instance_id, ["sh", "-c", _CONSOLE])[1]

    def execute(self, instance_id: str, command: Sequence[str]) -> tuple[int, str]:
        """Run a command in a machine; gives its exit code and what it printed."""
        for container in self._containers():
            if container.labels.get(INSTANCE) == instance_id and container.status == "running":
                code, output = container.exec_run(list(command))
                return code, output.decode(errors="replace")
        return 1, f"No machine runs for {instance_id}."

    def stop(self) -> None:
        """Remove everything of the rehearsal: containers, volumes, the network."""
        for _ in range(2):  # the second finds machines that the data plane booted in its last moment
            for container in self._containers():
                _ignoring_gone(partial(container.remove, force=True, v=True))
        filters = {"label": self._label}
        for volume in self._client.volumes.list(filters=filters):
            _ignoring_gone(partial(volume.remove, force=True))
        for net in self._client.networks.list(filters=filters):
            _ignoring_gone(net.remove)
        self._operator_file.unlink(missing_ok=True)

    @cached_property
    def _client(self) -> docker.DockerClient:
        return engine.connect()

    @property
    def _network(self) -> str:
        return f"tfserving-aws-{self.name}"

    @property
    def _label(self) -> str:
        return f"{REHEARSAL}={self.name}"

    @property
    def _authority(self) -> Authority:
        return Authority(CACHE / "rehearsal-ca")

    @property
    def _operator_file(self) -> Path:
        return self.folder / "operator.json"

    def _containers(self) -> list[Any]:
        found: list[Any] = self._client.containers.list(all=True, filters={"label": self._label}, ignore_removed=True)
        # The data plane first: it would boot what is removed after it.
        return sorted(found, key=lambda container: container.labels.get(ROLE) != "ec2")

    def _services(self) -> list[Any]:
        return [container for container in self._containers() if container.labels.get(ROLE) in ROLES]

    def _runs_with(self, inputs: str) -> bool:
        return (
            self._operator_file.exists()
            and self.is_running()
            and all(container.labels[INPUTS] == inputs for container in self._services())
        )

    def _create(self, made: Mapping[str, str], inputs: str) -> None:
        labels = {REHEARSAL: self.name}
        addresses = network.create(self._client, self._network, labels)
        operator = ("AKIA" + secrets.token_hex(8).upper(), secrets.token_urlsafe(30))
        self._operator_file.touch(mode=0o600)
        self._operator_file.write_text(json.dumps(operator))
        for service in services(
            name=self._network,
            **made,
            addresses=addresses,
            ports=self.ports,
            certificate=self._authority.server_certificate(REGION, (addresses.aws, addresses.registry)),
            operator=operator,
            labels=labels,
        ):
            self._run(service, {**labels, ROLE: service.role, INPUTS: inputs})
        self._wait_until_it_answers()

    def _run(self, service: Service, labels: dict[str, str]) -> None:
        for volume in service.volumes:
            if not volume.startswith("/"):
                self._client.volumes.create(volume, labels={REHEARSAL: self.name})
        endpoint = EndpointConfig(self._client.api.api_version, ipv4_address=service.address)
        container = self._client.containers.create(
            service.image,
            service.command,
            name=f"{self._network}-{service.role}",
            labels=labels,
            ports=dict(service.ports),
            environment=dict(service.environment),
            volumes={source: dict(mount) for source, mount in service.volumes.items()},
            network=self._network,
            networking_config={self._network: endpoint},
            init=True,
        )
        if service.files:
            container.put_archive("/", archive(service.files, 0o600))
        container.start()

    def _wait_until_it_answers(self) -> None:
        endpoints = self.endpoints()
        urls = [endpoints.aws_url, f"https://{endpoints.registry}/v2/"] if endpoints else []
        deadline = time.monotonic() + _LONGEST_START_SECONDS
        while not urls or not all(_answers(url, self._authority.certificate_file) for url in urls):
            if time.monotonic() > deadline or not self.is_running():
                raise TfServingError(f"The AWS on this machine did not start:\n{''.join(self._logs())}")
            time.sleep(0.1)

    def _logs(self) -> Iterator[str]:
        for container in self._services():
            yield f"{container.name}: {container.logs(tail=20).decode(errors='replace')}\n"


def _inputs(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _published(container: Any) -> int:
    return int(container.attrs["NetworkSettings"]["Ports"][TLS_PORT][0]["HostPort"])


def _answers(url: str, ca_file: Path) -> bool:
    context = ssl.create_default_context(cafile=str(ca_file))
    try:
        urllib.request.urlopen(url, timeout=2, context=context).close()  # noqa: S310 - always https
    except urllib.error.HTTPError:
        return True  # an AWS that refuses the unsigned request is an AWS that answers
    except OSError:
        return False
    return True


def _ignoring_gone(remove: Callable[[], None]) -> None:
    try:
        remove()
    except NotFound:
        return
    except APIError as error:
        if error.status_code != 409:  # its removal is under way already
            raise
