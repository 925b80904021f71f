"""Docker, and the images that servers are built on where public ones cannot be had."""

import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest

from local.cloud.cloud import Cloud
from local.cloud.endpoints import Ports
from tfserving.images import ImageSource

ROOT = Path(__file__).resolve().parents[2]
REPOSITORY = "tfserving-aws-tests"
Build = Callable[[str, ImageSource], str]


def stock_on(base: str) -> ImageSource:
    """Give the source of the stock image on a base image."""
    return ImageSource(
        dockerfile="dockerfiles/stock.Dockerfile", context="dockerfiles/server", arguments={"BASE_IMAGE": base}
    )


@pytest.fixture(scope="session")
def client() -> Iterator[docker.DockerClient]:
    client = docker.from_env()
    yield client
    client.close()


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Cloud:
    """Give the builder of the rehearsal's images."""
    return Cloud(name="tests", folder=tmp_path_factory.mktemp("cloud"), ports=Ports(), report=print)


@pytest.fixture(scope="session")
def build(client: docker.DockerClient) -> Iterator[Build]:
    """Build images of the project by name; they are removed in the end."""
    built: list[str] = []

    def run(name: str, source: ImageSource) -> str:
        tag = f"{REPOSITORY}/{name}:{uuid.uuid4().hex[:8]}"
        arguments = [f"--build-arg={key}={value}" for key, value in source.arguments.items()]
        subprocess.run(
            [
                *("docker", "build", "--quiet", "--network=host", "--tag", tag, *arguments),
                *("--file", str(ROOT / source.dockerfile), str(ROOT / source.context)),
            ],
            check=True,
            capture_output=True,
        )
        built.append(tag)
        return tag

    yield run
    for tag in built:
        client.images.remove(tag)
