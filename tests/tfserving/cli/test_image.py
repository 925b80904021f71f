"""`tfs image build`, between a `pulumi` and a `docker` that only record how they are called."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from typer.testing import CliRunner

from tests.tfserving.stores import CONFIGS
from tfserving.cli.app import app
from tfserving.errors import TfServingError
from tfserving.images import code_build

ROOT = Path(__file__).parents[3]
REPOSITORY = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/tfserving-dev-server"
DIGEST = f"sha256:{'d' * 64}"
PULUMI = """#!/bin/sh
echo "pulumi $*" >>"$CALLS"
case "$*" in
    "config --json "*) cat "$ANSWERS/config.json" ;;
    "stack output "*) cat "$ANSWERS/outputs.json" ;;
esac
"""
DOCKER = """#!/bin/sh
echo "docker $*" >>"$CALLS"
case $1 in
    build) exit "${BUILD_CODE:-0}" ;;
    push) cp "$DOCKER_CONFIG/config.json" "$ANSWERS/used.json" ;;
    inspect) echo '["elsewhere@sha256:0", "%s"]' ;;
esac
"""


class Machine:
    """A machine with both commands, and what they were called with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def calls(self) -> list[str]:
        """Give the calls, in order."""
        path = self.folder / "calls"
        return path.read_text().splitlines() if path.exists() else []

    @property
    def tag(self) -> str:
        """Give the tag of the image that was built."""
        (build,) = (call for call in self.calls if call.startswith("docker build"))
        return build.partition(f"--tag={REPOSITORY}:")[2].split()[0]

    def verbs(self, command: str) -> list[str]:
        """Give the first argument of each call of a command."""
        return [call.split()[1] for call in self.calls if call.startswith(f"{command} ")]


@pytest.fixture
def machine(tmp_path: Path, s3: Any, monkeypatch: pytest.MonkeyPatch) -> Machine:
    for name, script in (("pulumi", PULUMI), ("docker", DOCKER % f"{REPOSITORY}@{DIGEST}")):
        (tmp_path / name).write_text(script)
        (tmp_path / name).chmod(0o755)
    config = {
        "aws:region": {"value": "eu-central-1", "secret": False},
        "tfserving:serverImage": {"value": "optimized", "secret": False},
        "tfserving:instructionSets": {"value": '["avx2"]', "secret": False},
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "outputs.json").write_text(json.dumps({"serverRepository": REPOSITORY}))
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker/config.json").write_text('{"credsStore": "desktop", "currentContext": "remote"}')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.setenv("ANSWERS", str(tmp_path))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / ".docker"))
    return Machine(tmp_path)


def run(*arguments: str) -> str:
    """Run the command; gives what it printed on standard output, raises what it raises."""
    result = CliRunner().invoke(
        app, ["image", "build", "--stack", "dev", *arguments, str(ROOT)], catch_exceptions=False
    )
    return result.stdout


def test_an_image_is_built_as_the_stacks_settings_say_and_pushed(machine: Machine) -> None:
    assert run().strip() == f"{REPOSITORY}:{machine.tag}@{DIGEST}"
    assert machine.verbs("docker") == ["build", "push", "inspect"]
    (build,) = (call for call in machine.calls if call.startswith("docker build"))
    assert "--build-arg=BUILD_OPTIONS=--config=release --copt=-mavx2" in build
    assert "dockerfiles/optimized.Dockerfile" in build


def test_the_stack_is_left_alone_unless_asked(machine: Machine) -> None:
    run()
    assert [call for call in machine.calls if "config set" in call] == []


def test_the_digest_is_set_in_the_stack_when_asked(machine: Machine) -> None:
    said = json.loads(run("--set", "--json"))
    assert said["image"] == f"{REPOSITORY}:{machine.tag}@{DIGEST}"
    (set_,) = (call for call in machine.calls if "config set" in call)
    assert set_ == f"pulumi config set tfserving:serverImageDigest {said['image']} --stack dev --non-interactive"


def test_a_build_that_fails_sets_and_pushes_nothing(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILD_CODE", "137")
    with pytest.raises(TfServingError, match="`docker build` ended with exit code 137"):
        run("--set")
    assert machine.verbs("docker") == ["build"]
    assert [call for call in machine.calls if "config set" in call] == []


def test_the_token_is_used_for_the_push_only_and_is_gone_afterwards(machine: Machine) -> None:
    run()
    used = json.loads((machine.folder / "used.json").read_text())
    assert list(used["auths"]) == [REPOSITORY.partition("/")[0]]
    assert "credsStore" not in used
    assert used["currentContext"] == "remote"
    assert json.loads((machine.folder / ".docker/config.json").read_text()).keys() == {"credsStore", "currentContext"}


def test_content_that_was_pushed_before_is_neither_built_nor_pushed(machine: Machine) -> None:
    ecr: Any = boto3.client("ecr")
    ecr.create_repository(repositoryName="tfserving-dev-server")
    run()
    tag = machine.tag
    pushed = put_image(ecr, tag)
    (machine.folder / "calls").unlink()
    assert run("--set").strip() == f"{REPOSITORY}:{tag}@{pushed}"
    assert machine.verbs("docker") == []


def put_image(ecr: Any, tag: str) -> str:
    """Push an image of no layers; gives its digest."""
    manifest = {"schemaVersion": 2, "config": {"digest": "sha256:0"}, "layers": []}
    answer = ecr.put_image(
        repositoryName="tfserving-dev-server",
        imageManifest=json.dumps(manifest),
        imageManifestMediaType="application/vnd.docker.distribution.manifest.v2+json",
        imageTag=tag,
    )
    return str(answer["image"]["imageId"]["imageDigest"])


@pytest.fixture
def project(machine: Machine) -> str:
    """Give the stack a CodeBuild project and a repository."""
    boto3.client("ecr").create_repository(repositoryName="tfserving-dev-server")
    boto3.client("codebuild").create_project(
        name="builder",
        source={"type": "S3", "location": f"{CONFIGS}/builds/none.zip"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "image", "computeType": "BUILD_GENERAL1_LARGE"},
        serviceRole="arn:aws:iam::123456789012:role/builder",
    )
    outputs = {"serverRepository": REPOSITORY, "buildProject": "builder", "configsBucket": CONFIGS}
    (machine.folder / "outputs.json").write_text(json.dumps(outputs))
    return "builder"


def test_a_build_on_codebuild_needs_no_docker_and_gives_the_digest_it_pushed(
    machine: Machine, project: str, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ecr: Any = boto3.client("ecr")
    pushed: list[str] = []

    def follow(_: Any, build_id: str, *__: Any) -> None:
        assert build_id.startswith(f"{project}:")
        (sent,) = s3.list_objects_v2(Bucket=CONFIGS, Prefix="builds/")["Contents"]
        tag = sent["Key"].removeprefix("builds/").removesuffix(".zip")
        pushed.append(f"{REPOSITORY}:{tag}@{put_image(ecr, tag)}")

    monkeypatch.setattr(code_build, "follow", follow)
    assert run("--on", "codebuild", "--set").strip() == pushed[0]
    assert machine.verbs("docker") == []
    assert f"config set tfserving:serverImageDigest {pushed[0]}" in "\n".join(machine.calls)


def test_a_build_on_codebuild_that_fails_sets_nothing(
    machine: Machine, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def follow(*_: Any) -> None:
        raise TfServingError(f"The build of {project} ended as FAILED.")

    monkeypatch.setattr(code_build, "follow", follow)
    with pytest.raises(TfServingError, match="of builder ended as FAILED"):
        run("--on", "codebuild", "--set")
    assert [call for call in machine.calls if "config set" in call] == []


def test_a_build_that_says_it_succeeded_without_an_image_is_not_believed(machine: Machine, project: str) -> None:
    # moto ends every build well at the first look, and builds nothing.
    with pytest.raises(TfServingError, match=f"The build {project}:.* is not in its repository"):
        run("--on", "codebuild", "--set")
    assert [call for call in machine.calls if "config set" in call] == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyboardInterrupt(), "`aws codebuild stop-build --id builder:"),
        (EndpointConnectionError(endpoint_url="https://codebuild"), "goes on; the same command follows it again"),
    ],
)
@pytest.mark.usefixtures("project")
def test_a_build_that_is_left_goes_on_and_says_how_to_come_back(
    machine: Machine, error: BaseException, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def follow(*_: Any) -> None:
        raise error

    monkeypatch.setattr(code_build, "follow", follow)
    result = CliRunner().invoke(app, ["image", "build", "--stack", "dev", "--on", "codebuild", "--set", str(ROOT)])
    assert result.exit_code != 0
    assert said in f"{result.stderr} {result.exception}"
    assert [call for call in machine.calls if "config set" in call] == []


def test_a_stack_without_a_project_is_told_how_to_get_one(machine: Machine) -> None:
    with pytest.raises(TfServingError, match="Set tfserving:codeBuild to true"):
        run("--on", "codebuild")
    assert machine.verbs("docker") == []


def test_a_stack_without_a_repository_is_told_to_come_up_first(machine: Machine) -> None:
    (machine.folder / "outputs.json").write_text("{}")
    with pytest.raises(TfServingError, match="Run `pulumi up` once"):
        run()


def test_wrong_settings_are_refused_before_anything_is_built(machine: Machine) -> None:
    (machine.folder / "config.json").write_text(json.dumps({"tfserving:serverImage": {"value": "fast"}}))
    with pytest.raises(TfServingError, match="tfserving:serverImage"):
        run()
    assert machine.verbs("docker") == []


@pytest.mark.usefixtures("machine")
def test_an_image_that_there_is_not_is_wrong_usage() -> None:
    result = CliRunner().invoke(app, ["image", "build", "--stack", "dev", "--image", "database"])
    assert result.exit_code == 2
    assert "'database' is not one of" in result.output
