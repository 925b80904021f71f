"""The commands of buildspec.yml, run by a shell between an `aws` and a `docker` that record how they are called."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.dockerfiles.conftest import ROOT

IMAGE = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/server:0123"
MIRROR = "210987654321.dkr.ecr.us-east-1.amazonaws.com"
AWS = '#!/bin/sh\necho "aws $*" >>calls\necho token\n'
DOCKER = """#!/bin/sh
echo docker "$@" >>calls
for argument; do echo "[$argument]" >>"arguments-of-$1"; done
[ "$1" = login ] && exec cat >>given
exit 0
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Lay what `tfs image build` sends, and both commands."""
    for name, script in (("aws", AWS), ("docker", DOCKER)):
        (tmp_path / name).write_text(script)
        (tmp_path / name).chmod(0o755)
    arguments = [f"--build-arg=BUILD_IMAGE={MIRROR}/devel:1", "--build-arg=BUILD_OPTIONS=--config=release --jobs=2"]
    (tmp_path / "build-arguments").write_text("".join(f"{argument}\n" for argument in arguments))
    return tmp_path


def run(folder: Path, phase: str, succeeding: str = "1") -> int:
    """Run the commands of a phase until one fails; gives its exit code."""
    spec = yaml.safe_load((ROOT / "dockerfiles/buildspec.yml").read_text())
    environment = {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "IMAGE": IMAGE,
        "CODEBUILD_BUILD_SUCCEEDING": succeeding,
    }
    for command in spec["phases"][phase]["commands"]:
        done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, check=False)
        if done.returncode:
            return done.returncode
    return 0


def calls(folder: Path) -> list[str]:
    """Give the calls of both commands."""
    return (folder / "calls").read_text().splitlines()


def test_it_logs_in_to_its_own_registry_and_to_those_of_base_images_each_in_its_region(folder: Path) -> None:
    assert run(folder, "pre_build") == 0
    logins = [call.split()[-1] for call in calls(folder) if call.startswith("docker login")]
    assert sorted(logins) == sorted([IMAGE.partition("/")[0], MIRROR])
    regions = [call.split()[-1] for call in calls(folder) if call.startswith("aws ecr get-login-password")]
    assert sorted(regions) == ["eu-central-1", "us-east-1"]
    assert (folder / "given").read_text() == "token\n" * 2


def test_a_token_that_is_refused_fails_the_build_before_it_begins(folder: Path) -> None:
    (folder / "docker").write_text("#!/bin/sh\nexit 1\n")
    assert run(folder, "pre_build") != 0


def test_an_argument_with_spaces_arrives_in_one_piece(folder: Path) -> None:
    assert run(folder, "build") == 0
    assert (folder / "arguments-of-build").read_text().splitlines() == [
        "[build]",
        "[--platform=linux/amd64]",
        f"[--tag={IMAGE}]",
        "[--file=Dockerfile]",
        "[context]",
        f"[--build-arg=BUILD_IMAGE={MIRROR}/devel:1]",
        "[--build-arg=BUILD_OPTIONS=--config=release --jobs=2]",
    ]


def test_what_was_built_is_pushed_and_what_failed_is_not(folder: Path) -> None:
    assert run(folder, "post_build", succeeding="0") != 0
    assert not (folder / "calls").exists()
    assert run(folder, "post_build") == 0
    assert calls(folder) == [f"docker push {IMAGE}"]
