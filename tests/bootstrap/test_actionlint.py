import hashlib
import tarfile
from pathlib import Path

import pytest

from bootstrap import actionlint, cache, go_modules, versions
from bootstrap.errors import UnreachableError
from bootstrap.python_environment import PythonEnvironment
from tests.bootstrap.conftest import Tool, write_program

VERSION = versions.ACTIONLINT_RELEASE.version


@pytest.fixture
def environment(tmp_path: Path) -> PythonEnvironment:
    """Give a virtual environment with a folder for its commands."""
    made = PythonEnvironment(tmp_path / "checkout")
    made.bin.mkdir(parents=True)
    return made


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    built: list[str] = []

    def build(module: versions.GoModule, program: Path) -> None:
        built.append(module.package)
        write_program(program, f"echo v{module.version}; echo installed by building from source")

    monkeypatch.setattr(go_modules, "build", build)
    return built


def unreachable(url: str, file: Path) -> None:
    raise UnreachableError(f"{url} is not reachable.")


class ReleasePage:
    """Hands out an archive with a program in it, and the file of sums."""

    def __init__(self, folder: Path) -> None:
        program = write_program(folder / "made/actionlint", f"echo {VERSION}")
        self._archive = folder / versions.ACTIONLINT_RELEASE.file
        with tarfile.open(self._archive, "w:gz") as archive:
            archive.add(program, "actionlint")
            archive.add(program, "docs/usage.md")

    def __call__(self, url: str, file: Path) -> None:
        if url == versions.ACTIONLINT_RELEASE.checksums_url:
            sum_ = hashlib.sha256(self._archive.read_bytes()).hexdigest()
            file.write_text(f"{sum_}  {self._archive.name}\n")
        else:
            file.write_bytes(self._archive.read_bytes())


def test_a_recent_one_on_path_is_used_and_left_where_it_is(tool: Tool, environment: PythonEnvironment) -> None:
    program = tool("actionlint", "echo 1.99.0; echo installed by a package")
    assert actionlint.ensure(environment, unreachable) == program
    assert not list(environment.bin.iterdir())


@pytest.mark.parametrize("script", ["echo 1.6.27", "exit 1", "echo unknown", "true"])
def test_an_older_or_broken_one_is_passed_over(
    tool: Tool, environment: PythonEnvironment, builds: list[str], script: str
) -> None:
    tool("actionlint", script)
    assert actionlint.find() is None
    assert cache.folder().resolve() in actionlint.ensure(environment, unreachable).resolve().parents
    assert len(builds) == 1


@pytest.mark.usefixtures("system_tools")
def test_the_release_is_verified_unpacked_and_linked_beside_the_other_commands(
    tmp_path: Path, environment: PythonEnvironment, builds: list[str]
) -> None:
    found = actionlint.ensure(environment, ReleasePage(tmp_path))
    assert (environment.bin / "actionlint").resolve() == found.resolve()
    assert [path.name for path in found.parent.iterdir()] == ["actionlint"]
    assert actionlint.ensure(environment, unreachable) == found.resolve()
    assert not builds


def test_without_a_release_it_is_built_once(environment: PythonEnvironment, builds: list[str]) -> None:
    found = actionlint.ensure(environment, unreachable)
    assert actionlint.ensure(environment, unreachable) == found.resolve()
    assert builds == ["github.com/rhysd/actionlint/cmd/actionlint"]


def test_a_release_and_the_module_built_in_its_place_are_of_one_version() -> None:
    assert versions.ACTIONLINT_MODULE.version == VERSION
    lock = (go_modules.MODULES / "actionlint/go.mod").read_text()
    assert f"github.com/rhysd/actionlint v{VERSION} " in lock
    assert (versions.parse(VERSION) or ()) >= versions.ACTIONLINT_OLDEST
