"""A machine of the test's own: an empty home, and a PATH with nothing but what the test puts there."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

Tool = Callable[[str, str], Path]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point everything the set-up reads from the environment into the test's folder."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for name in ("DOCKER_HOST", "DOCKER_CONFIG", "SSL_CERT_FILE", "PIP_CERT"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


@pytest.fixture
def tool(tmp_path: Path) -> Tool:
    """Give a function that puts a shell script on PATH."""

    def make(name: str, script: str) -> Path:
        return write_program(tmp_path / "bin" / name, script)

    return make


@pytest.fixture
def system_tools(tmp_path: Path) -> None:
    """Put the real tar and gzip on PATH."""
    (tmp_path / "bin").mkdir(exist_ok=True)
    for name in ("tar", "gzip"):
        source = shutil.which(name, path="/usr/bin:/bin")
        assert source
        (tmp_path / "bin" / name).symlink_to(source)


def write_program(path: Path, script: str) -> Path:
    """Write a shell script that can be run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path
