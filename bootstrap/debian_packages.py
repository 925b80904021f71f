"""Packages of Debian and Ubuntu."""

import os
import shutil
from pathlib import Path

from bootstrap import cache, processes
from bootstrap.errors import SetupError
from bootstrap.reporting import step


def is_installable() -> bool:
    """Tell whether packages can be installed: apt is there and this is root."""
    return shutil.which("apt-get") is not None and os.geteuid() == 0


def is_offered(package: str) -> bool:
    """Tell whether the package lists, as last updated, have a package."""
    code, text = processes.answer(["apt-cache", "policy", package])
    return code == 0 and "Candidate:" in text and "Candidate: (none)" not in text


def missing(*names: str) -> list[str]:
    """Name those packages that are not installed."""
    return [name for name in names if not _is_installed(name)]


def ensure(*names: str) -> None:
    """Install those packages that are missing; raises SetupError where that is not possible."""
    if not (wanted := missing(*names)):
        return
    packages = " ".join(wanted)
    if not is_installable():
        raise SetupError(f"Missing: {packages}. As root on Debian or Ubuntu: apt-get install {packages}.")
    with step(f"Debian packages: {packages}"):
        install(wanted)


def update() -> None:
    """Fetch the package lists."""
    _apt_get("fetching package lists", "update")


def install(packages: list[str]) -> None:
    """Install packages without what they merely recommend, from fresh lists."""
    update()
    _apt_get("installing packages", "install", "--yes", "--no-install-recommends", *packages)


def _apt_get(doing: str, *arguments: str) -> None:
    log = cache.log_file("apt-get")
    # Another apt-get may hold the lock for a while, as unattended upgrades do on a fresh machine.
    command = ["apt-get", "-o", "DPkg::Lock::Timeout=120", *arguments]
    processes.run(doing, command, log, environment={"DEBIAN_FRONTEND": "noninteractive"})


def _is_installed(name: str) -> bool:
    # Without dpkg a package counts as there if a program of its name is.
    if not Path("/var/lib/dpkg/status").exists():
        return shutil.which(name) is not None
    code, text = processes.answer(["dpkg-query", "--show", "--showformat", "${db:Status-Status}", name])
    return code == 0 and text == "installed"
