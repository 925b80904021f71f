"""A docker command that stands before the real one on PATH.

Engines resolve a registry's name by the machine's own names, and nothing of this machine is changed for a rehearsal.
"""

import base64
import contextlib
import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from docker import DockerClient
from docker.errors import DockerException

from local.docker_command.pushing import ImageName, PushRefused, push
from local.folders import PROJECT

_SCRIPT: Final = """\
#!{python}
import sys

sys.path.insert(0, {project!r})
from local.docker_command.command import run

sys.exit(run({docker!r}, {registries!r}, sys.argv[1:]))
"""
# A push of a big layer may say nothing for long.
_QUIET_SECONDS: Final = 600


def lay(folder: Path, registries: Mapping[str, str]) -> Path:
    """Write the command into a folder and give the folder, to be put at the front of PATH.

    `registries` maps the host of an ECR registry to the local one that takes its pushes, `127.0.0.1:PORT`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    command = folder / "docker"
    command.write_text(
        _SCRIPT.format(
            python=sys.executable,
            project=str(PROJECT),
            docker=shutil.which("docker") or "/usr/bin/docker",
            registries=dict(registries),
        )
    )
    command.chmod(0o755)
    return folder


def run(docker: str, registries: Mapping[str, str], arguments: Sequence[str]) -> int:
    """Push what is for one of the registries and give the exit code; become the real command for all else."""
    name = arguments[-1] if arguments[:1] == ["push"] else ""
    image = ImageName.parse(name)
    if image.host not in registries:
        os.execv(docker, [docker, *arguments])  # noqa: S606 (no shell on purpose)
    try:
        with contextlib.closing(DockerClient.from_env(timeout=_QUIET_SECONDS)) as client:
            digest = push(client, image, registries[image.host], _credentials(image.host))
    except (PushRefused, DockerException) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{image.tag}: digest: {digest}")
    return 0


def _credentials(host: str) -> dict[str, str]:
    """Read what a log-in to the host has left, as the real command does."""
    file = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker", "config.json")
    settings = json.loads(file.read_text()) if file.exists() else {}
    token = settings.get("auths", {}).get(host, {}).get("auth", "")
    user, _, password = base64.b64decode(token).decode().partition(":")
    return {"username": user, "password": password}
