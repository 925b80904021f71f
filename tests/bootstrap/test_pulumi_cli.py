import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from bootstrap import cache, go_modules, pulumi_cli, versions
from bootstrap.errors import ChecksumError, SetupError, UnreachableError
from bootstrap.python_environment import PythonEnvironment
from tests.bootstrap.conftest import Tool, write_program

RELEASED = versions.PULUMI_RELEASE.version
BUILT = versions.PULUMI_MODULE.version


@pytest.fixture
def environment(tmp_path: Path) -> PythonEnvironment:
    (tmp_path / "project/.venv/bin").mkdir(parents=True)
    return PythonEnvironment(tmp_path / "project")


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replace Go by a function that writes a script; gives the list of what was built."""
    built: list[str] = []

    def build(module: versions.GoModule, program: Path) -> None:
        built.append(module.package)
        write_program(program, f"echo v{module.version}")

    monkeypatch.setattr(go_modules, "build", build)
    return built


def unreachable(url: str, file: Path) -> None:
    raise UnreachableError(f"{url} is not reachable.")


def release(url: str, file: Path) -> None:
    """Serve an archive as Pulumi publishes it, and its sum."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name in ("pulumi", "pulumi-language-python"):
            content = f"#!/bin/sh\necho v{RELEASED}\n".encode()
            entry = tarfile.TarInfo(f"pulumi/{name}")
            entry.size, entry.mode = len(content), 0o755
            archive.addfile(entry, io.BytesIO(content))
    # gzip notes the time; the sum is therefore of the archive that was served first.
    if url.endswith("checksums.txt"):
        release_bytes.append(packed.getvalue())
        file.write_text(f"{hashlib.sha256(packed.getvalue()).hexdigest()}  {versions.PULUMI_RELEASE.file}\n")
    else:
        file.write_bytes(release_bytes.pop())


release_bytes: list[bytes] = []


def test_a_recent_pulumi_on_path_is_used(tool: Tool, environment: PythonEnvironment) -> None:
    program = tool("pulumi", "echo v3.260.1")
    assert pulumi_cli.ensure(environment, unreachable) == program
    assert not list(environment.bin.iterdir())


def test_warnings_before_the_version_do_not_hide_it(tool: Tool, environment: PythonEnvironment) -> None:
    program = tool("pulumi", "echo 'warning: A new version of Pulumi is available.' >&2; echo v3.250.0")
    assert pulumi_cli.ensure(environment, unreachable) == program


@pytest.mark.parametrize("answer", ["echo v3.249.9", "exit 3", "echo no version"])
def test_an_old_or_broken_pulumi_on_path_is_not_used(
    tool: Tool,
    environment: PythonEnvironment,
    builds: list[str],
    answer: str,
) -> None:
    program = tool("pulumi", answer)
    found = pulumi_cli.ensure(environment, unreachable)
    assert found != program
    assert found == cache.program_folder("pulumi", BUILT) / "pulumi/pulumi"


@pytest.mark.usefixtures("system_tools")
def test_the_release_is_preferred_and_linked_with_its_language_hosts(
    environment: PythonEnvironment,
    builds: list[str],
) -> None:
    found = pulumi_cli.ensure(environment, release)
    assert found == cache.program_folder("pulumi", RELEASED) / "pulumi/pulumi"
    assert sorted(link.name for link in environment.bin.iterdir()) == ["pulumi", "pulumi-language-python"]
    assert (environment.bin / "pulumi").resolve() == found
    assert not builds
    assert [entry.name for entry in found.parents[1].iterdir()] == ["pulumi"]


def test_an_unreachable_release_is_told_and_the_module_is_built(
    environment: PythonEnvironment,
    builds: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    pulumi_cli.ensure(environment, unreachable)
    assert builds == [versions.PULUMI_MODULE.package]
    assert "no release, https://github.com/" in capsys.readouterr().out


def test_a_second_run_neither_downloads_nor_builds(environment: PythonEnvironment, builds: list[str]) -> None:
    first = pulumi_cli.ensure(environment, unreachable)
    builds.clear()
    assert pulumi_cli.ensure(environment, unreachable) == first
    assert pulumi_cli.binary() == first
    assert not builds


def test_a_second_checkout_uses_what_the_first_installed(
    tmp_path: Path,
    environment: PythonEnvironment,
    builds: list[str],
) -> None:
    pulumi_cli.ensure(environment, unreachable)
    second = PythonEnvironment(tmp_path / "second")
    second.bin.mkdir(parents=True)
    pulumi_cli.ensure(second, unreachable)
    assert len(builds) == 1
    assert (second.bin / "pulumi").exists()


def test_a_file_with_a_wrong_sum_is_not_replaced_by_another_way(
    environment: PythonEnvironment,
    builds: list[str],
) -> None:
    def altered(url: str, file: Path) -> None:
        name = versions.PULUMI_RELEASE.file
        file.write_text(f"{'0' * 64}  {name}\n" if url.endswith("checksums.txt") else "altered")

    with pytest.raises(ChecksumError, match="was published"):
        pulumi_cli.ensure(environment, altered)
    assert not builds
    assert pulumi_cli.cached() is None


def test_an_interrupted_build_leaves_nothing_that_is_used(
    environment: PythonEnvironment,
    monkeypatch: pytest.MonkeyPatch,
    builds: list[str],
) -> None:
    def interrupted(module: versions.GoModule, program: Path) -> None:
        write_program(program, "half a program")
        raise KeyboardInterrupt

    whole = go_modules.build
    monkeypatch.setattr(go_modules, "build", interrupted)
    with pytest.raises(KeyboardInterrupt):
        pulumi_cli.ensure(environment, unreachable)
    assert pulumi_cli.cached() is None
    monkeypatch.setattr(go_modules, "build", whole)
    assert pulumi_cli.ensure(environment, unreachable).read_text().endswith(f"v{BUILT}\n")


def test_without_pulumi_the_message_names_the_command_that_gets_it() -> None:
    with pytest.raises(SetupError, match=r"no Pulumi CLI 3\.250\.0 or newer\. `python3 -m bootstrap --only pulumi`"):
        pulumi_cli.binary()
