"""The real engine on images that are known by their content, with Docker's engine and without."""

import gc
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from moto.ecr.models import ECRBackend
from pulumi import automation as auto

from components.content_image import ContentImage
from components.image_repository import ImageRepository
from local import docker_command
from local.aws import images
from local.aws.images import Registry
from tests.local.providers.conftest import Deployment
from tests.local.providers.small_registry import small_registry
from tfserving.errors import TfServingError
from tfserving.images import ImageSource, building
from tfserving.images.building import Target

# The SDK leaves its event loop open when an inline program fails.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]

ECR = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
SOURCE = ImageSource(dockerfile="Tiny.Dockerfile", context="context")
TOKEN = "QVdTOnRva2Vu"  # AWS:token


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """Collect what the SDK left open within the test that ignores its complaints."""
    yield
    gc.collect()


@dataclass
class Project:
    """A folder with what a tiny image is built from, and a stack of its repository and of what names the image."""

    folder: Path
    deployment: Deployment

    def write(self, content: str) -> None:
        """Make the content of the image."""
        (self.folder / "context/a.txt").write_text(content)

    def up(self) -> Any:
        """Count what an update changes."""
        return self.deployment.up(self._program)

    def preview(self) -> Any:
        """Count what an update would change."""
        return self.deployment.preview(self._program)

    @property
    def image(self) -> str:
        """Give the image that the stack names."""
        return str(self.deployment.output("image"))

    @property
    def target(self) -> Target:
        """Say where an image of the present content goes."""
        return Target(self.image.rpartition("@")[0].rpartition(":")[0], SOURCE.tag(self.folder))

    def _program(self) -> None:
        owner = ImageRepository("images", protected=False, tags={})
        content = ContentImage(
            what="server", source=SOURCE, folder=self.folder, command="tfs image build --stack test", owner=owner
        )
        image = content.in_repository(owner.url)
        bucket = aws.s3.Bucket("configs", force_destroy=True)
        # Stands for a machine, whose user-data names the image.
        aws.s3.BucketObjectv2("machine", bucket=bucket.id, key="machine", content=image)
        pulumi.export("image", image)


@pytest.fixture
def project(deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """Lay a project whose ECR is a registry on loopback."""
    folder = tmp_path / "project"
    (folder / "context").mkdir(parents=True)
    (folder / "Tiny.Dockerfile").write_text("FROM scratch\nCOPY a.txt /a.txt\n")
    for method in ("describe_images", "list_images"):
        monkeypatch.setattr(ECRBackend, method, getattr(ECRBackend, method))
    with small_registry() as registry:
        images.install(lambda _: Registry(registry, "", "http"))
        commands = docker_command.lay(tmp_path / "bin", {ECR: registry})
        monkeypatch.setenv("PATH", f"{commands}{os.pathsep}{os.environ['PATH']}")
        yield Project(folder, deployment)
        remove_images(f"{ECR}/images-*", f"{registry}/images-*")


def remove_images(*patterns: str) -> None:
    """Remove from the Docker engine what was built and pushed under such names."""
    filters = [f"--filter=reference={pattern}" for pattern in patterns]
    command = ["docker", "image", "ls", "--format={{.Repository}}:{{.Tag}}", *filters]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    subprocess.run(["docker", "image", "rm", *names], capture_output=True, check=True)


@pytest.fixture
def without_docker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], Any]:
    """Let no Docker engine answer while a context lasts."""

    def away() -> Any:
        return _Away(monkeypatch, f"unix://{tmp_path}/none.sock")

    return away


@dataclass
class _Away:
    monkeypatch: pytest.MonkeyPatch
    nowhere: str

    def __enter__(self) -> None:
        self.monkeypatch.setenv("DOCKER_HOST", self.nowhere)

    def __exit__(self, *_: object) -> None:
        self.monkeypatch.delenv("DOCKER_HOST")


def test_an_image_is_built_once_for_its_content_and_found_ever_after(
    project: Project, without_docker: Callable[[], Any]
) -> None:
    project.write("a")
    with without_docker():
        planned = project.preview()
    assert project.up() == planned
    first = project.image
    assert first.startswith(f"{ECR}/images-")
    assert "@sha256:" in first

    with without_docker():
        assert project.preview() == project.up() == {}
        project.deployment.stack.refresh(expect_no_changes=True)
    project.write("b")
    assert project.up() == {"update": 1}
    second = project.image
    assert second != first

    # Settings and files go back; the tags are immutable, and both are in the repository.
    project.write("a")
    with without_docker():
        assert project.preview() == project.up() == {"update": 1}
    assert project.image == first
    project.write("b")
    with without_docker():
        assert project.up() == {"update": 1}
    assert project.image == second


def test_an_update_goes_on_after_one_that_was_cut_off_when_it_had_pushed(
    project: Project, without_docker: Callable[[], Any]
) -> None:
    project.write("a")
    project.up()
    project.write("b")
    # What an update does before the engine is told.
    building.build(SOURCE, project.folder, project.target, print)
    building.push_with(TOKEN, project.target, print)
    with without_docker():
        assert project.up() == {"update": 1}
    with pytest.raises(TfServingError, match="tag is immutable"):
        building.push_with(TOKEN, project.target, print)


def test_an_image_that_can_be_neither_found_nor_built_is_told_with_the_way_out_and_changes_nothing(
    project: Project, without_docker: Callable[[], Any]
) -> None:
    project.write("a")
    project.up()
    first = project.image
    project.write("b")
    with without_docker():
        project.deployment.preview(project._program)
        with pytest.raises(auto.CommandError) as refused:
            project.up()
    said = str(refused.value)
    assert "The server image is not in ECR, and it could not be built here: `docker build` ended with" in said
    assert "`tfs image build --stack test`" in said
    assert "Traceback" not in said
    assert project.image == first
    assert project.up() == {"update": 1}
