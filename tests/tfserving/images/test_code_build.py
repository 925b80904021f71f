"""Builds on CodeBuild: what is sent, what is followed, and how an end is told. Only S3 is moto's."""

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.tfserving.stores import CONFIGS
from tfserving.errors import TfServingError
from tfserving.images import ImageSource, code_build
from tfserving.images.building import Target
from tfserving.images.code_build import Clients, Project

SOURCE = ImageSource(
    dockerfile="dockerfiles/test.Dockerfile",
    context="context",
    arguments={"BASE_IMAGE": "ubuntu:22.04", "BUILD_OPTIONS": "--config=release --copt=-mavx2"},
)
TARGET = Target("123456789012.dkr.ecr.eu-central-1.amazonaws.com/server", "0123456789abcdef")
PROJECT = Project("builder", CONFIGS)
LOCATION = f"{CONFIGS}/builds/{TARGET.tag}.zip"


class Builds:
    """Stands for CodeBuild: one answer a look, the last one for ever."""

    def __init__(self, answers: Iterable[dict[str, Any]] = ()) -> None:
        self.answers = list(answers)
        self.started: list[dict[str, Any]] = []

    def list_builds_for_project(self, **_: Any) -> Any:
        return {"ids": [answer["id"] for answer in self.answers]}

    def batch_get_builds(self, ids: list[str]) -> Any:
        if len(ids) > 1 or len(self.answers) == 1:
            return {"builds": self.answers}
        return {"builds": [self.answers.pop(0)]}

    def start_build(self, **request: Any) -> Any:
        self.started.append(request)
        return {"build": {"id": "builder:new"}}


class Logs:
    """Stands for CloudWatch Logs: a page a token, an empty one among them."""

    class exceptions:
        ResourceNotFoundException = KeyError

    def __init__(self, *pages: list[str]) -> None:
        self.pages = pages

    def get_log_events(self, **request: Any) -> Any:
        at = int(request.get("nextToken", 0))
        page = self.pages[at] if at < len(self.pages) else []
        return {
            "events": [{"message": f"{line}\n"} for line in page],
            "nextForwardToken": str(min(at + 1, len(self.pages))),
        }


def looked_at(status: str = "IN_PROGRESS", phase: str = "BUILD", **more: Any) -> dict[str, Any]:
    """Describe a build as CodeBuild does."""
    return {
        "id": "builder:1",
        "buildStatus": status,
        "currentPhase": phase,
        "source": {"location": LOCATION},
        "logs": {"groupName": "builds", "streamName": "1"},
        **more,
    }


def clients(s3: Any, builds: Builds, logs: Logs | None = None) -> Clients:
    """Give the clients of a build."""
    stands_in: Any = builds
    log: Any = logs or Logs()
    return Clients(codebuild=stands_in, logs=log, s3=s3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Lay a project with one image."""
    for name, text in (
        ("dockerfiles/test.Dockerfile", "FROM scratch\n"),
        ("context/start.sh", "#!/bin/sh\n"),
        ("context/deep/notes.txt", "notes\n"),
        ("context/.dockerignore", ".dockerignore\n"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "context/start.sh").chmod(0o755)
    return tmp_path


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_LOOK_AGAIN_SECONDS", "_LAST_LINES_SECONDS"):
        monkeypatch.setattr(code_build, name, 0.0)


def test_what_is_sent_holds_dockerfile_arguments_and_the_context_with_its_modes(folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(code_build.archive(SOURCE, folder))) as sent:
        assert sorted(sent.namelist()) == [
            "Dockerfile",
            "build-arguments",
            "context/.dockerignore",
            "context/deep/notes.txt",
            "context/start.sh",
        ]
        assert sent.read("build-arguments").decode().splitlines() == [
            "--build-arg=BASE_IMAGE=ubuntu:22.04",
            "--build-arg=BUILD_OPTIONS=--config=release --copt=-mavx2",
        ]
        modes = {entry.filename: entry.external_attr >> 16 for entry in sent.infolist()}
    assert (modes["context/start.sh"], modes["context/deep/notes.txt"]) == (0o755, 0o644)


def test_equal_content_is_sent_as_equal_bytes(folder: Path) -> None:
    before = code_build.archive(SOURCE, folder)
    (folder / "context/start.sh").touch()
    assert code_build.archive(SOURCE, folder) == before


def test_a_build_is_started_from_what_was_sent_under_the_images_name(folder: Path, s3: Any) -> None:
    builds = Builds()
    assert code_build.start_build(clients(s3, builds), PROJECT, SOURCE, folder, TARGET) == "builder:new"
    (request,) = builds.started
    assert request["sourceLocationOverride"] == LOCATION
    assert request["environmentVariablesOverride"] == [{"name": "IMAGE", "value": TARGET.name, "type": "PLAINTEXT"}]
    sent = s3.get_object(Bucket=CONFIGS, Key=f"builds/{TARGET.tag}.zip")["Body"].read()
    assert sent == code_build.archive(SOURCE, folder)


@pytest.mark.parametrize(
    ("build", "found"),
    [
        (looked_at(), "builder:1"),
        (looked_at("FAILED"), None),
        (looked_at(source={"location": f"{CONFIGS}/builds/other.zip"}), None),
    ],
)
def test_only_a_running_build_of_the_same_content_is_joined(build: dict[str, Any], found: str | None, s3: Any) -> None:
    assert code_build.running_build(clients(s3, Builds([build])), PROJECT, TARGET) == found


def test_a_project_that_never_built_has_no_build_to_join(s3: Any) -> None:
    assert code_build.running_build(clients(s3, Builds()), PROJECT, TARGET) is None


def test_every_line_is_told_once_over_empty_pages_and_looks(s3: Any) -> None:
    builds = Builds([looked_at(phase="QUEUED", logs={}), looked_at(), looked_at("SUCCEEDED", "COMPLETED")])
    lines: list[str] = []
    phases: list[str] = []
    logs = Logs(["one", "two"], [], ["three"])
    code_build.follow(clients(s3, builds, logs), "builder:1", lines.append, phases.append)
    assert lines == ["one", "two", "three"]
    assert phases == ["QUEUED", "BUILD", "COMPLETED"]


def test_a_log_that_has_not_begun_is_no_mistake(s3: Any) -> None:
    class Unbegun(Logs):
        def get_log_events(self, **_: Any) -> Any:
            raise KeyError

    code_build.follow(clients(s3, Builds([looked_at("SUCCEEDED")]), Unbegun()), "builder:1", print, print)


def test_a_failed_build_is_told_with_the_phase_and_what_codebuild_says(s3: Any) -> None:
    context = {"statusCode": "COMMAND_EXECUTION_ERROR", "message": "Error while executing command: docker build"}
    phases = [
        {"phaseType": "PRE_BUILD", "phaseStatus": "SUCCEEDED", "contexts": [{"statusCode": "", "message": ""}]},
        {"phaseType": "BUILD", "phaseStatus": "FAILED", "contexts": [context]},
    ]
    with pytest.raises(TfServingError, match=r"builder:1 ended as FAILED\. BUILD: Error while executing command"):
        code_build.follow(clients(s3, Builds([looked_at("FAILED", phases=phases)])), "builder:1", print, print)


@pytest.mark.parametrize(
    ("status", "remedy"),
    [("TIMED_OUT", "codeBuildTimeoutMinutes"), ("STOPPED", "Somebody stopped it"), ("FAULT", "log")],
)
def test_every_end_but_success_is_an_error_with_a_remedy(status: str, remedy: str, s3: Any) -> None:
    with pytest.raises(TfServingError, match=remedy):
        code_build.follow(clients(s3, Builds([looked_at(status)])), "builder:1", print, print)
