"""The shell of a build."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.builder.session import Session


class Trial:
    """A session whose output is kept."""

    def __init__(self, shell: str, folder: Path) -> None:
        self.output = folder / "output"
        self.source = folder / "source folder"
        self.source.mkdir()
        self._descriptor = os.open(self.output, os.O_CREAT | os.O_WRONLY)
        environment = {"PATH": os.environ["PATH"], "GIVEN": "given"}
        self._session = Session(shell, folder / "it's carried", self.source, environment, self._descriptor)

    def run(self, command: str, *, succeeding: bool = True) -> int:
        return self._session.run(command, succeeding=succeeding)

    def said(self) -> list[str]:
        return self.output.read_text().splitlines()

    def close(self) -> None:
        os.close(self._descriptor)


@pytest.fixture(params=["sh", "bash"])
def trial(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Trial]:
    trial = Trial(request.param, tmp_path)
    yield trial
    trial.close()


def test_a_command_runs_in_the_source_with_the_variables_it_is_given(trial: Trial) -> None:
    assert trial.run('pwd; echo "$GIVEN"') == 0
    assert trial.said() == [str(trial.source), "given"]


def test_folder_and_variables_reach_the_next_command(trial: Trial) -> None:
    trial.run("mkdir -p inner && cd inner")
    trial.run("export QUOTED=\"it's $GIVEN\"; PLAIN='two\nlines'")
    trial.run('pwd; echo "$QUOTED $PLAIN"')
    assert trial.said() == [str(trial.source / "inner"), "it's given two", "lines"]


def test_a_command_gives_its_exit_code_and_what_it_said_on_both_outputs(trial: Trial) -> None:
    assert trial.run("echo out; echo err >&2; false || exit 7") == 7
    assert trial.run("exit 0; echo never") == 0
    assert trial.run("sh -c 'exit 3'") == 3
    assert trial.said() == ["out", "err"]


def test_a_command_of_several_lines_is_one_command(trial: Trial) -> None:
    assert trial.run("for word in a b; do\n  echo $word\ndone") == 0
    assert trial.said() == ["a", "b"]


def test_a_command_is_told_whether_the_build_is_succeeding(trial: Trial) -> None:
    trial.run('echo "$CODEBUILD_BUILD_SUCCEEDING"')
    trial.run('echo "$CODEBUILD_BUILD_SUCCEEDING"', succeeding=False)
    assert trial.said() == ["1", "0"]


def test_nothing_waits_for_input(trial: Trial) -> None:
    assert trial.run("read -r line || echo none") == 0
    assert trial.said() == ["none"]
