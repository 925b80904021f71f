"""`tfs image build`'s build and push, with a real engine and a real registry on loopback."""

import base64
import urllib.request
from collections.abc import Iterator
from typing import Any

import docker
import pytest

from local.cloud.cloud import Cloud
from tests.dockerfiles.conftest import ROOT
from tests.local.stand_in.conftest import eventually
from tfserving.errors import TfServingError
from tfserving.images import ImageSource, building

pytestmark = pytest.mark.slow

CONFIG = "version: 0.1\\nstorage: {filesystem: {rootdirectory: /tmp}}\\nhttp: {addr: 0.0.0.0:5000}\\n"


class Tokens:
    """Stands for ECR's API, which gives a token; the registry of this test asks for none."""

    def get_authorization_token(self) -> Any:
        return {"authorizationData": [{"authorizationToken": base64.b64encode(b"AWS:token").decode()}]}


@pytest.fixture(scope="module")
def registry(client: docker.DockerClient, cloud: Cloud) -> Iterator[str]:
    """Run a registry; gives its address."""
    serve = f"printf '{CONFIG}' > /tmp/config.yml && exec docker-registry serve /tmp/config.yml"
    container = client.containers.run(
        cloud.image("aws"), ["sh", "-c", serve], detach=True, ports={"5000/tcp": ("127.0.0.1", 0)}
    )
    try:
        container.reload()
        address = f"127.0.0.1:{container.attrs['NetworkSettings']['Ports']['5000/tcp'][0]['HostPort']}"
        eventually(lambda: answers(address), "The registry's start")
        yield address
    finally:
        container.remove(force=True, v=True)


def answers(address: str) -> bool:
    """Tell whether a registry answers."""
    try:
        with urllib.request.urlopen(f"http://{address}/v2/", timeout=2) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="module")
def source(cloud: Cloud) -> ImageSource:
    """Compile the optimized server on local base images."""
    arguments = {
        "BASE_IMAGE": cloud.image("stand-in", "2.20.0"),
        "BUILD_IMAGE": cloud.image("bazel"),
        "SOURCE_URL": "file:///srv/sources/2.20.0.tar.gz",
        "VERSION": "2.20.0",
    }
    return ImageSource(dockerfile="dockerfiles/optimized.Dockerfile", context="dockerfiles/server", arguments=arguments)


def test_what_was_built_is_in_the_registry_under_its_digest(
    registry: str, source: ImageSource, client: docker.DockerClient
) -> None:
    target = building.Target(f"{registry}/server", source.tag(ROOT))
    building.build(source, ROOT, target)
    ecr: Any = Tokens()
    digest = building.push(ecr, target)
    client.images.remove(target.name, force=True)
    pulled = client.images.pull(digest)
    assert pulled.labels["org.opencontainers.image.title"] == "tensorflow-serving-optimized"
    client.images.remove(digest, force=True)


def test_a_build_that_fails_is_told_with_its_exit_code(registry: str, source: ImageSource) -> None:
    arguments = {**source.arguments, "BUILD_OPTIONS": "--nonsense"}
    broken = ImageSource(dockerfile=source.dockerfile, context=source.context, arguments=arguments)
    with pytest.raises(TfServingError, match="`docker build` ended with exit code"):
        building.build(broken, ROOT, building.Target(f"{registry}/server", "broken"))
