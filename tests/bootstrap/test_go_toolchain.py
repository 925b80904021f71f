import hashlib
import platform
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from bootstrap import cache, go_toolchain, versions
from bootstrap.errors import ChecksumError, SetupError, UnreachableError
from tests.bootstrap.conftest import Tool


@pytest.fixture(autouse=True)
def machine_without_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(go_toolchain, "USUAL_FOLDER", "/nowhere")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pack a toolchain as the module proxy does, and pin its sum."""
    path = tmp_path / "toolchain.zip"
    prefix = f"golang.org/toolchain@{versions.GO_TOOLCHAIN.module_version}"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(f"{prefix}/bin/go", "#!/bin/sh\necho go")
        packed.writestr(f"{prefix}/src/fmt/print.go", "package fmt")
    pinned = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(versions, "GO_TOOLCHAIN", replace(versions.GO_TOOLCHAIN, sha256=pinned))
    return path


def unreachable(url: str, file: Path) -> None:
    raise UnreachableError(f"{url} is not reachable.")


def test_a_recent_go_on_path_is_used(tool: Tool) -> None:
    program = tool("go", "echo go1.22.2")
    assert go_toolchain.ensure(unreachable) == program


@pytest.mark.parametrize("answer", ["echo go1.19.8", "exit 1"])
def test_a_go_that_cannot_fetch_newer_toolchains_is_left_alone(tool: Tool, archive: Path, answer: str) -> None:
    tool("go", answer)
    found = go_toolchain.ensure(lambda _, file: _copy(archive, file))
    assert found == cache.program_folder("go", versions.GO_TOOLCHAIN.version) / "bin/go"


def test_the_toolchain_of_the_proxy_is_unpacked_so_that_it_runs(
    archive: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def proxy(url: str, file: Path) -> None:
        asked.append(url)
        _copy(archive, file)

    monkeypatch.setenv("GOPROXY", "https://mirror.example/go/|direct")
    found = go_toolchain.ensure(proxy)
    assert found.stat().st_mode & 0o111 == 0o111
    assert (found.parents[1] / "src/fmt/print.go").read_text() == "package fmt"
    assert go_toolchain.ensure(proxy) == found
    assert asked == ["https://mirror.example/go/golang.org/toolchain/@v/v0.0.1-go1.25.11.linux-amd64.zip"]


def test_another_archive_than_the_pinned_one_is_refused(archive: Path) -> None:
    with pytest.raises(ChecksumError, match=versions.GO_TOOLCHAIN.sha256):
        go_toolchain.ensure(lambda _, file: _copy(archive, file, b"more"))
    assert not cache.program_folder("go", versions.GO_TOOLCHAIN.version).exists()


def test_where_no_toolchain_can_be_had_the_message_says_where_go_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    with pytest.raises(SetupError, match=r"Go is not installed\. Install Go 1\.21 or newer \(https://go\.dev/dl/\)"):
        go_toolchain.ensure(unreachable)


def _copy(source: Path, target: Path, more: bytes = b"") -> None:
    target.write_bytes(source.read_bytes() + more)
