"""The docker command of the rehearsal's program, before a real one that only tells how it was called."""

import json
import subprocess
from pathlib import Path

import pytest

from local import docker_command
from local.docker_command.pushing import ImageName

ECR = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lay the command; the real one repeats its arguments and ends with 7."""
    real = tmp_path / "real"
    real.mkdir()
    (real / "docker").write_text('#!/bin/sh\necho "$*"\nexit 7\n')
    (real / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{real}:/usr/bin:/bin")
    return docker_command.lay(tmp_path / "bin", {ECR: "127.0.0.1:9"}) / "docker"


@pytest.mark.parametrize(
    "arguments",
    [["build", "--tag", f"{ECR}/a:1", "."], ["push", "elsewhere.example/a:1"], ["push"], ["--version"]],
)
def test_all_but_pushes_to_ecr_is_the_real_commands(command: Path, arguments: list[str]) -> None:
    done = subprocess.run([command, *arguments], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split(), done.stderr) == (7, arguments, "")


def test_a_push_to_ecr_does_not_reach_the_real_command_and_fails_in_words(
    command: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    (tmp_path / "config.json").write_text(json.dumps({"auths": {ECR: {"auth": "QVdTOnRva2Vu"}}}))
    done = subprocess.run([command, "push", f"{ECR}/a:1"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Error while fetching server API version" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("text", "host", "path", "tag"),
    [
        ("127.0.0.1:5000/a/b:1", "127.0.0.1:5000", "a/b", "1"),
        ("host/a", "host", "a", "latest"),
        ("alpine:3", "alpine", "", "3"),
    ],
)
def test_a_name_is_taken_apart(text: str, host: str, path: str, tag: str) -> None:
    name = ImageName.parse(text)
    assert (name.host, name.path, name.tag) == (host, path, tag)
    assert str(name).startswith(text)
