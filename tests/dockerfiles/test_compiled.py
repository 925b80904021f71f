"""Images compiled from source, really built, with a Bazel that records its call and delivers the stand-in."""

import dataclasses
import subprocess
import urllib.request
from collections.abc import Iterator
from typing import Any, NamedTuple

import docker
import pytest
from docker.models.containers import Container

from local.cloud.cloud import Cloud
from tests.dockerfiles.conftest import ROOT, Build, stock_on
from tests.local.stand_in.conftest import eventually
from tests.local.stand_in.line_model import save_line
from tfserving.images import ImageSource, server_source
from tfserving.settings import BuildSettings, ImageSettings

pytestmark = pytest.mark.slow

FLAGS = ["--port=8500", "--rest_api_port=8501", "--model_name=line", "--model_base_path=/models/line"]
LEFT_BY_COMPILERS = ("/source", "/compiled", "/srv/sources", "/usr/local/bin/bazel", "/root/.cache/bazel")


class Compiled(NamedTuple):
    """One image: its kind and release, and how Bazel has to be called for it."""

    kind: str
    version: str
    settings: dict[str, Any]
    options: str


CASES = [
    Compiled("optimized", "2.6.5", {"buildMemoryMib": 2048}, "--copt=-mavx2 --copt=-mfma --local_ram_resources=2048"),
    Compiled(
        "optimized",
        "2.20.0",
        {"buildMemoryMib": 4096, "buildJobs": 8, "instructionSets": ["avx2", "fma", "avx512f"]},
        "--copt=-mavx2 --copt=-mfma --copt=-mavx512f --local_resources=memory=4096 --jobs=8",
    ),
    Compiled("gpu", "2.20.0", {}, "--copt=-mavx2 --copt=-mfma --config=cuda_clang --copt=-fPIC"),
    Compiled("gpu", "2.19.1", {}, "--copt=-mavx2 --copt=-mfma --config=cuda --copt=-fPIC"),
]


def source_of(case: Compiled, cloud: Cloud) -> ImageSource:
    """Give the source of a case's image on local base images."""
    images = {
        "serverImage": case.kind,
        "serverBaseImage": cloud.image("stand-in", case.version),
        "serverBuildImage": cloud.image("bazel"),
        "serverSourceUrl": f"file:///srv/sources/{case.version}.tar.gz",
        **{key: value for key, value in case.settings.items() if key == "instructionSets"},
    }
    limits = {key: value for key, value in case.settings.items() if key.startswith("build")}
    return server_source(ImageSettings.model_validate(images), BuildSettings.model_validate(limits), case.version)


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case.kind}-{case.version}")
def compiled(request: pytest.FixtureRequest, cloud: Cloud, build: Build) -> tuple[Compiled, str]:
    case: Compiled = request.param
    return case, build(case.kind, source_of(case, cloud))


@pytest.fixture(scope="module")
def server(
    compiled: tuple[Compiled, str], client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Container]:
    """Run the image as a machine does: root file system and models read-only."""
    models = save_line(tmp_path_factory.mktemp("line"))
    container = client.containers.create(
        compiled[1],
        FLAGS,
        read_only=True,
        ports={"8501/tcp": ("127.0.0.1", 0)},
        volumes={str(models): {"bind": "/models/line", "mode": "ro"}},
    )
    try:
        container.start()
        yield container
    finally:
        container.remove(force=True, v=True)


def shown(client: docker.DockerClient, image: str, *command: str) -> str:
    """Run a command in an image."""
    output = client.containers.run(image, list(command[1:]), entrypoint=command[0], remove=True, network_mode="none")
    return bytes(output).decode()


def said(container: Container, *command: str) -> str:
    """Run a command in a container that runs."""
    output = container.exec_run(list(command)).output
    assert isinstance(output, bytes)
    return output.decode()


def test_bazel_is_called_with_the_options_as_they_were_asked_for(
    compiled: tuple[Compiled, str], client: docker.DockerClient
) -> None:
    case, image = compiled
    record = shown(client, image, "grep", "compiled by", "/usr/bin/tensorflow_model_server")
    assert f" --config=release {case.options} //tensorflow_serving/model_servers:tensorflow_model_server" in record


def test_the_server_is_of_exactly_the_release_asked_for(
    compiled: tuple[Compiled, str], client: docker.DockerClient
) -> None:
    case, image = compiled
    assert f"TensorFlow ModelServer: {case.version}," in shown(
        client, image, "/usr/bin/tensorflow_model_server", "--version"
    )
    assert client.images.get(image).labels["org.opencontainers.image.version"] == case.version


def test_nothing_of_the_compilation_is_left(compiled: tuple[Compiled, str], client: docker.DockerClient) -> None:
    _, image = compiled
    for path in LEFT_BY_COMPILERS:
        assert shown(client, image, "sh", "-c", f"test -e {path} && echo there || true") == "", path
    history = subprocess.run(
        ["docker", "history", "--no-trunc", "--format", "{{.CreatedBy}}", image],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "bazel build" not in history
    assert "curl" not in history


def test_every_kind_keeps_the_stock_images_contract(
    compiled: tuple[Compiled, str], client: docker.DockerClient, cloud: Cloud, build: Build
) -> None:
    stock = stock_on(cloud.image("stand-in"))
    contract = ("User", "Entrypoint", "Cmd", "ExposedPorts", "Healthcheck", "StopSignal")
    configs = [client.images.get(image).attrs["Config"] for image in (compiled[1], build("stock", stock))]
    assert len({str([config.get(name) for name in contract]) for config in configs}) == 1


def test_it_serves_with_the_allocator_without_root_and_as_the_first_process(
    compiled: tuple[Compiled, str], server: Container
) -> None:
    def health() -> str:
        server.reload()
        return str(server.attrs["State"]["Health"]["Status"])

    eventually(lambda: health() == "healthy", "The container's health")
    port = server.attrs["NetworkSettings"]["Ports"]["8501/tcp"][0]["HostPort"]
    with urllib.request.urlopen(
        f"http://127.0.0.1:{port}/v1/models/line:predict", b'{"instances": [1, 2.5]}', timeout=10
    ) as reply:
        assert b"7.5" in reply.read()
    first = said(server, "cat", "/proc/1/cmdline", "/proc/1/status")
    assert first.startswith("python3\0-P\0-m\0stand_in\0" + "\0".join(FLAGS))
    assert "Uid:\t10501" in first
    assert "libjemalloc" in said(server, "cat", "/proc/1/maps")


def test_signals_reach_the_server(compiled: tuple[Compiled, str], client: docker.DockerClient) -> None:
    # Under an init, as on a machine: the kernel keeps from a first process what it does not handle itself.
    container = client.containers.create(compiled[1], FLAGS, read_only=True, init=True, network_mode="none")
    try:
        container.start()
        eventually(lambda: "stand_in" in said(container, "sh", "-c", "cat /proc/[0-9]*/cmdline"), "The server's start")
        container.kill("INT")
        assert container.wait(timeout=10)["StatusCode"] != 137  # nobody had to kill it
    finally:
        container.remove(force=True, v=True)


@pytest.mark.parametrize("name", ["stock", "optimized", "gpu", "agent"])
def test_the_dockerfiles_need_no_buildkit(name: str) -> None:
    text = (ROOT / f"dockerfiles/{name}.Dockerfile").read_text()
    assert "RUN --" not in text
    assert "# syntax=" not in text


def test_an_option_that_bazel_does_not_know_fails_the_build(cloud: Cloud, build: Build) -> None:
    source = source_of(CASES[0], cloud)
    arguments = {**source.arguments, "BUILD_OPTIONS": "--config=release --nonsense"}
    broken = ImageSource(dockerfile=source.dockerfile, context=source.context, arguments=arguments)
    with pytest.raises(subprocess.CalledProcessError):
        build("broken", broken)


def test_a_source_is_compiled_only_if_it_is_what_it_must_be(
    cloud: Cloud, build: Build, client: docker.DockerClient
) -> None:
    source = source_of(CASES[0], cloud)
    archive = source.arguments["SOURCE_URL"].removeprefix("file://")
    digest = shown(client, cloud.image("bazel"), "sha256sum", archive).split()[0]

    def pinned(sha256: str) -> ImageSource:
        return dataclasses.replace(source, arguments={**source.arguments, "SOURCE_SHA256": sha256})

    assert build("pinned", pinned(digest))
    with pytest.raises(subprocess.CalledProcessError):
        build("forged", pinned("0" * 64))
