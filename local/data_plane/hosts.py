"""Machines, and what else has a Docker engine inside, as containers."""

import io
import tarfile
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import docker
from docker.models.containers import Container

# Labels that name what a container stands for.
INSTANCE: Final = "tfserving-aws.instance"
BUILD: Final = "tfserving-aws.build"
# Enough for systemd and an engine inside; --privileged asks for more than some hosts have to give.
CAPABILITIES: Final = [
    "SYS_ADMIN",
    "NET_ADMIN",
    "SYS_PTRACE",
    "SYS_MODULE",
    "SYS_NICE",
    "SYSLOG",
    "AUDIT_CONTROL",
    "AUDIT_READ",
    "DAC_READ_SEARCH",
    "LINUX_IMMUTABLE",
    "IPC_LOCK",
    "MAC_ADMIN",
    "SYS_TIME",
    "SYS_BOOT",
    "SYS_RAWIO",
    "LEASE",
]


def rights(cgroup_version: str) -> dict[str, Any]:
    """Give what a machine's container may do on an engine of this cgroup version ("1" or "2")."""
    if cgroup_version == "2":
        return {"privileged": True, "cgroupns": "private"}
    return {
        "cap_add": CAPABILITIES,
        "security_opt": ["seccomp=unconfined", "apparmor=unconfined"],
        "device_cgroup_rules": ["a *:* rwm"],
        "cgroupns": "host",
        "binds": ["/sys/fs/cgroup:/sys/fs/cgroup:rw"],
    }


def archive(files: Mapping[str, bytes], mode: int = 0o644) -> bytes:
    """Pack files, by path below the root, as the engine takes them."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content), mode
            tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


class Hosts:
    """Containers with systemd and a Docker engine of their own, each with a disk; all carry the rehearsal's labels."""

    def __init__(self, client: docker.DockerClient, *, network: str, resolver: str, labels: Mapping[str, str]) -> None:
        self._client = client
        self._network = network
        self._resolver = resolver
        self._labels = dict(labels)

    def labelled(self, label: str) -> dict[str, Container]:
        """Give the hosts that carry a label, stopped ones too, by its value."""
        filters: dict[str, Any] = {"label": [*(f"{key}={value}" for key, value in self._labels.items()), label]}
        found = self._client.containers.list(all=True, filters=filters, ignore_removed=True)
        return {container.labels[label]: container for container in found}

    def boot(
        self,
        image: str,
        hostname: str,
        *,
        label: str,
        files: Mapping[str, bytes],
        settings: Mapping[str, str] = MappingProxyType({}),
    ) -> Container:
        """Create a host that its name labels, lay its files, start it; raises ImageNotFound if there is no image."""
        self._client.images.get(image)
        name = f"{self._network}-{hostname}"
        labels = {**self._labels, label: hostname}
        self._client.volumes.create(name, labels=labels)
        created = self._client.api.create_container(
            image, name=name, hostname=hostname, labels=labels, host_config=self._host_config(disk=name)
        )
        container = self._client.containers.get(created["Id"])
        environment = "".join(
            f"{key}={value}\n" for key, value in {"REHEARSAL_RESOLVER": self._resolver, **settings}.items()
        )
        container.put_archive("/", archive({**files, "etc/rehearsal/machine.env": environment.encode()}))
        container.start()
        return container

    def _host_config(self, disk: str) -> dict[str, Any]:
        options = rights(str(self._client.info().get("CgroupVersion", "1")))
        config: dict[str, Any] = self._client.api.create_host_config(
            network_mode=self._network,
            tmpfs={"/run": "", "/run/lock": ""},
            binds=[*options.pop("binds", ()), f"{disk}:/var/lib/docker:rw"],
            **options,
        )
        # What `docker run --security-opt systempaths=unconfined` asks for; the SDK has no word for it.
        config["MaskedPaths"] = config["ReadonlyPaths"] = []
        return config

    def write(self, container: Container, files: Mapping[str, bytes]) -> None:
        """Replace files in a host, each in one step."""
        container.put_archive("/", archive(files))

    def remove(self, hostname: str, container: Container) -> None:
        """Remove a host and its disk."""
        container.remove(force=True, v=True)
        self._client.volumes.get(f"{self._network}-{hostname}").remove(force=True)

    def address(self, container: Container) -> str:
        """Give a host's address on the rehearsal's network."""
        container.reload()
        return str(container.attrs["NetworkSettings"]["Networks"][self._network]["IPAddress"])
