"""What the README tells people to type exists."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from tfserving.agent.endpoints import answer
from tfserving.agent.metrics import Metrics
from tfserving.agent.status import Status
from tfserving.cli.app import app
from tfserving.settings.load import KEYS

PROJECT = Path(__file__).parents[1]
README = (PROJECT / "README.md").read_text()
FOREIGN_KEYS = {"aws:region"}


def test_every_make_target_exists() -> None:
    named = set(re.findall(r"\bmake ([a-z][a-z-]*)", README))
    listed = subprocess.run(["make", "help"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    assert {"local", "test", "setup", "local-down"} <= named
    assert named - {"help"} <= {line.split()[0] for line in listed.splitlines()}


def test_every_setting_exists() -> None:
    named = set(re.findall(r"pulumi config set (?:--path ')?([A-Za-z:]+)", README))
    assert named
    assert named - FOREIGN_KEYS <= KEYS


@pytest.mark.parametrize("line", sorted(set(re.findall(r"\btfs [a-z]+(?: [^`\n]+)?", README))))
def test_every_tfs_command_takes_the_options_shown(line: str) -> None:
    arguments = line.split()[1:]
    command: Any = get_command(app)
    while hasattr(command, "commands"):
        command = command.commands[arguments.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {argument for argument in arguments if argument.startswith("--")} <= known


def test_every_variable_of_the_rehearsal_is_read() -> None:
    sources = "".join(path.read_text() for path in (PROJECT / "local").rglob("*.py"))
    for variable in set(re.findall(r"\bLOCAL_[A-Z_]+", README)):
        assert variable in sources


def test_every_folder_of_the_house_is_there() -> None:
    house = README.partition("## The house")[2]
    folders = set(re.findall(r"`([a-z]+)/`", house))
    assert {"components", "tfserving", "local", "tests"} <= folders
    assert all((PROJECT / folder).is_dir() for folder in folders)


def test_the_pulumi_program_needs_no_tensorflow() -> None:
    locked = (PROJECT / "requirements.txt").read_text()
    assert not re.search(r"^tensorflow", locked, re.MULTILINE)
    script = "import sys, tfserving.settings, tfserving.machine, tfserving.cli; print('tensorflow' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


def test_every_path_of_the_agent_answers() -> None:
    status = Status("i-1")
    metrics = Metrics(lambda: status)
    paths = re.findall(r"^\| `(/[a-z]+)` \|", README, re.MULTILINE)
    assert len(paths) == 5
    assert all(answer(path, status, metrics)[0] in {200, 503} for path in paths)
