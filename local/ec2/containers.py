"""Machines as containers: systemd, cloud-init and a Docker engine inside."""

import io
import tarfile
from collections.abc import Mapping
from typing import Any, Final

import docker
from docker.models.containers import Container

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


class Machines:
    """The machines of one rehearsal."""

    def __init__(
        self,
        client: docker.DockerClient,
        *,
        image: str,
        network: str,
        resolver: str,
        labels: Mapping[str, str],
    ) -> None:
        self._client = client
        self._image = image
        self._network = network
        self._resolver = resolver
        self._labels = dict(labels)

    def running(self) -> dict[str, Container]:
        """Give the machines there are, stopped ones too, by instance id."""
        filters: dict[str, Any] = {"label": [*(f"{key}={value}" for key, value in self._labels.items()), INSTANCE]}
        found = self._client.containers.list(all=True, filters=filters, ignore_removed=True)
        return {container.labels[INSTANCE]: container for container in found}

    def boot(self, instance_id: str, hop_limit: int, files: Mapping[str, bytes]) -> Container:
        """Create a machine, lay its files, start it."""
        labels = {**self._labels, INSTANCE: instance_id}
        name = f"{self._network}-{instance_id}"
        self._client.volumes.create(name, labels=labels)
        created = self._client.api.create_container(
            self._image,
            name=name,
            hostname=instance_id,
            labels=labels,
            host_config=self._host_config(disk=name),
        )
        container = self._client.containers.get(created["Id"])
        environment = f"REHEARSAL_RESOLVER={self._resolver}\nREHEARSAL_HOP_LIMIT={hop_limit}\n"
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
        """Replace files in a machine, each in one step."""
        container.put_archive("/", archive(files))

    def remove(self, instance_id: str, container: Container) -> None:
        """Remove a machine and its disk."""
        container.remove(force=True, v=True)
        self._client.volumes.get(f"{self._network}-{instance_id}").remove(force=True)

    def address(self, container: Container) -> str:
        """Give a machine's address on the rehearsal's network."""
        container.reload()
        return str(container.attrs["NetworkSettings"]["Networks"][self._network]["IPAddress"])


INSTANCE: Final = "tfserving-aws.instance"
