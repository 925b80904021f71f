"""The Docker engine: the one that answers, else Debian's, installed and started."""

import os
import shutil
from dataclasses import dataclass
from typing import Final

from bootstrap import debian_packages, docker_daemon, processes
from bootstrap.docker_daemon import Daemon
from bootstrap.errors import SetupError
from bootstrap.reporting import say, step

# The packages on Debian and Ubuntu, by the program that shows whether they are there.
PACKAGES: Final = {"dockerd": "docker.io", "iptables": "iptables", "ip": "iproute2"}


@dataclass(frozen=True)
class Reach:
    """Whether an engine answers, and what the client said."""

    version: str = ""
    complaint: str = ""


def reach() -> Reach:
    """Ask the engine that DOCKER_HOST, the context or the default socket names."""
    if shutil.which("docker") is None:
        return Reach(complaint="There is no docker command.")
    code, text = processes.answer(["docker", "version", "--format", "{{.Server.Version}}"])
    return Reach(version=text) if code == 0 and text else Reach(complaint=text.strip().splitlines()[-1] if text else "")


def ensure(daemon: Daemon | None = None) -> str:
    """Find an engine, or install and start one; gives its version. Raises SetupError with what to do instead."""
    found = reach()
    if found.version:
        return found.version
    refuse_what_cannot_be_helped(found.complaint, is_root=os.geteuid() == 0)
    _install()
    if not (found := reach()).version:
        with step("Starting the Docker engine"):
            docker_daemon.start(daemon or Daemon(), lambda: bool(reach().version))
        found = reach()
    return found.version


def stop_if_started(daemon: Daemon | None = None) -> bool:
    """Stop the engine if the set-up started it and no container runs; tells whether it was stopped."""
    if docker_daemon.recorded_pid() is None:
        return False
    code, running = processes.answer(["docker", "ps", "--quiet"])
    if code == 0 and running:
        say("The Docker engine goes on: containers are running.")
        return False
    return docker_daemon.stop(daemon or Daemon())


def refuse_what_cannot_be_helped(complaint: str, is_root: bool) -> None:
    """Raise SetupError where installing and starting an engine is not possible, or would not be the wanted one."""
    if host := os.environ.get("DOCKER_HOST"):
        raise SetupError(
            f"No Docker engine answers at DOCKER_HOST {host!r}: {complaint} Start that one, or unset DOCKER_HOST."
        )
    if "permission denied" in complaint.lower():
        raise SetupError(
            "You may not use the Docker engine's socket. Join its group: sudo usermod -aG docker $USER, "
            "then log in again (or, for this shell only: newgrp docker)."
        )
    if not is_root:
        raise SetupError(
            f"No Docker engine answers: {complaint} Start it (sudo systemctl start docker), or install one "
            "(https://docs.docker.com/engine/install/), or run the set-up once as root on Debian or Ubuntu."
        )
    if shutil.which("dockerd") is None and not debian_packages.is_installable():
        raise SetupError("There is no Docker engine here, and no apt-get: https://docs.docker.com/engine/install/.")


def _install() -> None:
    missing = [package for program, package in PACKAGES.items() if shutil.which(program) is None]
    if missing:
        with step(f"Debian packages: {' '.join(missing)}"):
            debian_packages.install(missing)
    # From Debian 13 on the client is a package of its own.
    if shutil.which("docker") is None:
        debian_packages.ensure("docker-cli")
