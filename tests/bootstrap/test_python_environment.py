import json
import sys
from pathlib import Path

import pytest

from bootstrap import debian_packages, processes
from bootstrap.errors import SetupError
from bootstrap.python_environment import STAMP, PythonEnvironment, _pip_environment


class Commands:
    """Stands for running programs: notes them, and makes the folder that venv would make."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.fails_at = ""

    def __call__(self, doing: str, command: list[object], *_: object, **__: object) -> None:
        line = " ".join(str(word) for word in command)
        self.lines.append(line)
        if self.fails_at and self.fails_at in line:
            raise KeyboardInterrupt
        if " venv " in line:
            python = Path(str(command[-1])) / "bin/python"
            python.parent.mkdir(parents=True)
            python.touch()


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> Commands:
    commands = Commands()
    monkeypatch.setattr(processes, "run", commands)
    return commands


@pytest.fixture
def environment(tmp_path: Path) -> PythonEnvironment:
    for name in ("requirements-dev.txt", "requirements-dev-no-deps.txt"):
        (tmp_path / name).write_text("one==1\n")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "p"\n[project.scripts]\ntool = "p:main"\n')
    return PythonEnvironment(tmp_path)


def test_everything_is_installed_from_the_locks_with_hashes(environment: PythonEnvironment, commands: Commands) -> None:
    environment.ensure()
    made, locked, without_dependencies, project = commands.lines
    assert "-m venv" in made
    assert locked.endswith("--require-hashes --requirement requirements-dev.txt")
    assert without_dependencies.endswith("--require-hashes --no-deps --requirement requirements-dev-no-deps.txt")
    assert project.endswith("--no-deps --no-build-isolation --editable .")
    assert environment.problem() == ""


def test_a_second_run_does_nothing(environment: PythonEnvironment, commands: Commands) -> None:
    environment.ensure()
    commands.lines.clear()
    environment.ensure()
    assert commands.lines == []


@pytest.mark.parametrize("name", ["requirements-dev.txt", "requirements-dev-no-deps.txt"])
def test_a_changed_lock_is_installed_into_the_same_folder(
    environment: PythonEnvironment,
    commands: Commands,
    tmp_path: Path,
    name: str,
) -> None:
    environment.ensure()
    commands.lines.clear()
    (tmp_path / name).write_text("one==2\n")
    assert environment.problem() == "is older than the lock files"
    environment.ensure()
    assert len(commands.lines) == 3
    assert not any(" venv " in line for line in commands.lines)


def test_changed_settings_of_tools_install_nothing(
    environment: PythonEnvironment,
    commands: Commands,
    tmp_path: Path,
) -> None:
    environment.ensure()
    with (tmp_path / "pyproject.toml").open("a") as file:
        file.write("[tool.ruff]\nline-length = 100\n")
    assert environment.problem() == ""


@pytest.mark.parametrize("moment", [" venv ", "--require-hashes", "--no-deps", "--editable"])
def test_an_interrupted_installation_is_noticed_and_done_again(
    environment: PythonEnvironment,
    commands: Commands,
    moment: str,
) -> None:
    commands.fails_at = moment
    with pytest.raises(KeyboardInterrupt):
        environment.ensure()
    assert environment.problem() in ("is incomplete", "does not exist")
    commands.fails_at = ""
    commands.lines.clear()
    environment.ensure()
    assert "-m venv" in commands.lines[0]
    assert environment.problem() == ""


def test_an_interrupted_update_is_not_trusted_either(
    environment: PythonEnvironment,
    commands: Commands,
    tmp_path: Path,
) -> None:
    environment.ensure()
    (tmp_path / "requirements-dev.txt").write_text("one==2\n")
    commands.fails_at = "--editable"
    with pytest.raises(KeyboardInterrupt):
        environment.ensure()
    assert environment.problem() == "is incomplete"


def test_an_environment_of_another_python_is_made_anew(environment: PythonEnvironment, commands: Commands) -> None:
    environment.ensure()
    stamp = environment.folder / STAMP
    stamp.write_text(json.dumps({**json.loads(stamp.read_text()), "python": "Python 3.10"}))
    commands.lines.clear()
    environment.ensure()
    assert "-m venv" in commands.lines[0]


def test_an_environment_whose_python_was_removed_is_made_anew(
    environment: PythonEnvironment,
    commands: Commands,
) -> None:
    environment.ensure()
    (environment.bin / "python").unlink()
    assert environment.problem() == "has lost its Python interpreter"
    environment.ensure()
    assert environment.problem() == ""


def test_pip_is_told_of_the_certificates_that_everything_else_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "PIP_CERT" not in _pip_environment()
    monkeypatch.setenv("SSL_CERT_FILE", "/etc/bundle.crt")
    assert _pip_environment()["PIP_CERT"] == "/etc/bundle.crt"
    monkeypatch.setenv("PIP_CERT", "/etc/other.crt")
    assert "PIP_CERT" not in _pip_environment()


def test_a_python_without_venv_names_the_package(
    monkeypatch: pytest.MonkeyPatch, environment: PythonEnvironment
) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    monkeypatch.setattr(debian_packages, "is_installable", lambda: False)
    monkeypatch.setattr(debian_packages, "missing", lambda *names: list(names))
    with pytest.raises(SetupError, match=r"^Missing: python3\.\d+-venv\. As root on Debian or Ubuntu: apt-get install"):
        environment.ensure()
