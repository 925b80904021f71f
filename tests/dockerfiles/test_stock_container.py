"""The stock image on top of the stand-in's, run as a machine runs it: without root, models read-only."""

import json
import urllib.request
import uuid
from collections.abc import Iterator

import docker
import pytest
from docker.models.containers import Container

from local.cloud.cloud import Cloud
from tests.dockerfiles.conftest import Build, stock_on
from tests.local.stand_in.conftest import eventually
from tests.local.stand_in.line_model import save_line

pytestmark = pytest.mark.slow

FLAGS = ["--port=8500", "--rest_api_port=8501", "--model_name=line", "--model_base_path=/models/line"]


@pytest.fixture(scope="module")
def image(cloud: Cloud, build: Build) -> str:
    return build("stock", stock_on(cloud.image("stand-in")))


@pytest.fixture(scope="module")
def server(client: docker.DockerClient, image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    models = save_line(tmp_path_factory.mktemp("line"))
    network = client.networks.create(f"tfserving-aws-tests-{uuid.uuid4().hex[:8]}")
    container = client.containers.create(
        image,
        FLAGS,
        network=network.name,
        read_only=True,
        ports={"8501/tcp": ("127.0.0.1", 0)},
        volumes={str(models): {"bind": "/models/line", "mode": "ro"}},
    )
    try:
        container.start()
        yield container
    finally:
        container.remove(force=True, v=True)
        network.remove()


def health(container: Container) -> str:
    container.reload()
    status: str = container.attrs["State"]["Health"]["Status"]
    return status


def shown(container: Container, *command: str) -> str:
    result = container.exec_run(list(command))
    assert result.exit_code == 0, result.output
    assert isinstance(result.output, bytes)
    return result.output.decode()


def test_it_becomes_healthy_and_predicts(server: Container) -> None:
    eventually(lambda: health(server) == "healthy", "The container's health")
    port = server.attrs["NetworkSettings"]["Ports"]["8501/tcp"][0]["HostPort"]
    url = f"http://127.0.0.1:{port}/v1/models/line:predict"
    with urllib.request.urlopen(url, b'{"instances": [1, 2.5]}', timeout=10) as reply:
        assert json.loads(reply.read()) == {"predictions": [3.0, 7.5]}


def test_it_runs_without_root(server: Container) -> None:
    assert shown(server, "id", "-u").strip() == "10501"
    assert shown(server, "id", "-g").strip() == "10501"


def test_the_first_process_is_the_server_with_exactly_the_flags_given(server: Container) -> None:
    command = shown(server, "cat", "/proc/1/cmdline").rstrip("\0").split("\0")
    assert "entrypoint.sh" not in " ".join(command)
    assert command[-len(FLAGS) - 2 :] == ["-m", "stand_in", *FLAGS]


def test_the_server_and_nothing_else_runs_with_jemalloc(server: Container) -> None:
    assert "libjemalloc" in shown(server, "cat", "/proc/1/maps")
    assert "libjemalloc" not in shown(server, "cat", "/proc/self/maps")


def test_the_health_check_fails_while_the_port_is_closed(client: docker.DockerClient, image: str) -> None:
    container = client.containers.create(image, entrypoint="/usr/local/bin/healthcheck.sh", network_mode="none")
    try:
        container.start()
        assert container.wait()["StatusCode"] != 0
    finally:
        container.remove(force=True)


def test_the_image_says_what_it_is(client: docker.DockerClient, image: str) -> None:
    config = client.images.get(image).attrs["Config"]
    assert config["User"] == "10501:10501"
    assert config["Entrypoint"] == ["/usr/local/bin/entrypoint.sh"]
    assert {"8500/tcp", "8501/tcp"} <= set(config["ExposedPorts"])
    assert config["Labels"]["org.opencontainers.image.title"] == "tensorflow-serving-stock"
    assert not any(variable.startswith("LD_PRELOAD=") for variable in config["Env"])
