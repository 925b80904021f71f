"""One rehearsal for all tests of this folder, beside the operator's own: other ports, other names."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from typing import Any, NamedTuple

import docker
import pytest
import yaml
from rich.console import Console

from local.cloud import Endpoints
from local.cloud.cloud import REHEARSAL, ROLE
from local.cloud.loopback import free_ports
from local.folders import PROJECT
from local.stack.engine import Outcome
from tests.local.rehearsal.bringing_up import NAME, rehearsal_in

# What the program reads beside itself; the components are imported from the project.
PROGRAM_FOLDERS = ("configs", "dockerfiles", "tfserving")
# An image that is being built is built to its end, and pushed, before the engine stops.
LONGEST_END_SECONDS = 400


class Ended(NamedTuple):
    """How a run ended: its exit code, what it had said until then, and what it said on stderr."""

    code: int
    said: str
    last_words: str


class Trial:
    """A rehearsal of a copy of the program, whose configs and settings the tests change.

    Its stack has the settings and the configs of another.
    """

    def __init__(self, folder: Path, name: str = NAME, like: str = "local") -> None:
        self.folder = folder
        self.program = folder / "program"
        self.settings = self.program / f"Pulumi.{name}.yaml"
        self.name = name
        self._like = like
        self.said = io.StringIO()
        self._lay()
        self.rehearsal = rehearsal_in(folder, free_ports(), Console(file=self.said, width=200), name)
        self._outcome: Outcome | None = None

    def up(self) -> Outcome:
        """Bring the rehearsal to what the program says now, and wait until its machine is ready."""
        self._outcome = self.rehearsal.up()
        return self._outcome

    def up_until(self, line: str, end: signal.Signals = signal.SIGINT) -> Ended:
        """End a run of `up` by a signal once it says something."""
        ports = [str(port) for port in astuple(self.rehearsal.ports)]
        command = [sys.executable, "-m", "tests.local.rehearsal.bringing_up", str(self.folder), *ports]
        with subprocess.Popen(
            command, cwd=PROJECT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        ) as running:
            assert running.stdout is not None
            said = []
            for printed in running.stdout:
                said.append(printed)
                if line in printed:
                    break
            # Nothing survives an engine that is killed; an interrupted run tells its engine itself.
            (os.killpg if end == signal.SIGKILL else os.kill)(running.pid, end)
            _, last_words = running.communicate(timeout=LONGEST_END_SECONDS)
            assert line in said[-1], f"{line!r} was not said"
            return Ended(running.returncode, "".join(said), last_words)

    @property
    def outputs(self) -> Any:
        """Give the stack's outputs; the first who asks brings the rehearsal up."""
        return (self._outcome or self.up()).outputs

    @property
    def endpoints(self) -> Endpoints:
        """Say where the AWS answers."""
        endpoints = self.rehearsal.cloud.endpoints()
        assert endpoints is not None
        return endpoints

    def edit(self, file: str, old: str, new: str) -> None:
        """Change one place in a file of the program."""
        path = self.program / file
        text = path.read_text()
        assert text.count(old) == 1
        path.write_text(text.replace(old, new))

    def configure(self, **settings: Any) -> None:
        """Change settings of the stack; None takes one back."""
        content = yaml.safe_load(self.settings.read_text())
        for key, value in settings.items():
            content["config"][f"tfserving:{key}"] = value
            if value is None:
                del content["config"][f"tfserving:{key}"]
        self.settings.write_text(yaml.safe_dump(content))

    def status(self) -> Any:
        """Ask the machine's agent for its status."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.rehearsal.ports.agent}/status", timeout=10) as answer:
            return json.load(answer)

    def on_machine(self, *command: str) -> tuple[int, str]:
        """Run a command on the machine."""
        return self.rehearsal.cloud.execute(self.outputs["instanceId"], command)

    def leave_half_started_container(self) -> None:
        """Leave what a killed run leaves: a container of the rehearsal that was created and never started."""
        client = docker.from_env()
        labels = {REHEARSAL: NAME, ROLE: "aws"}
        image = self.rehearsal.cloud.image("python")
        client.containers.create(image, "true", name=f"tfserving-aws-{NAME}-aws", labels=labels)
        client.close()

    def _lay(self) -> None:
        self.program.mkdir()
        shutil.copy(PROJECT / "__main__.py", self.program)
        shutil.copy(PROJECT / f"Pulumi.{self._like}.yaml", self.settings)
        for name in PROGRAM_FOLDERS:
            shutil.copytree(PROJECT / name, self.program / name, ignore=shutil.ignore_patterns("__pycache__"))
        if (configs := self.program / "configs" / self._like).exists():
            configs.rename(configs.with_name(self.name))


@pytest.fixture(scope="package")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """Lay a rehearsal; the tests of this folder run in order, from the first `up` to the `down` at the end."""
    trial = Trial(tmp_path_factory.mktemp("rehearsal"))
    trial.rehearsal.cloud.stop()  # what a killed run of the tests left
    yield trial
    trial.rehearsal.cloud.stop()
