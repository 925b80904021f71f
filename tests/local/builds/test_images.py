"""`tfs image build --on codebuild`: from a stack that asks for a project to a machine that runs what was built."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import docker
import pytest

from local.__main__ import INTERRUPTED
from local.data_plane.curtain import Curtain
from local.report import predictions
from tests.local.builds.conftest import NAME, builders
from tests.local.rehearsal.conftest import Trial

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]

LONGEST_BUILD_SECONDS = 300
STEP = re.compile(r"Step 2/|#\d+ \[")


class Ended(NamedTuple):
    """How a command ended: its exit code, its result, and what it told meanwhile."""

    code: int
    result: str
    told: str


class Operator:
    """Who builds images of the stack; the project's folder is the engine's, with what images are built from."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self._workspace = trial.rehearsal.workspace
        trial.configure(codeBuild=True)
        trial.up()
        for name in ("dockerfiles", "tfserving"):
            (self._workspace.folder / name).symlink_to(trial.program / name)

    def configure(self, **settings: Any) -> None:
        """Change settings, without an update of the stack."""
        self.trial.configure(**settings)
        self.trial.rehearsal.engine()

    @property
    def stack_file(self) -> str:
        """Give the stack's configuration."""
        return self._workspace.stack_file.read_text()

    @property
    def builds(self) -> list[str]:
        """Give the ids of the project's builds, the newest first."""
        codebuild = self.trial.endpoints.client("codebuild")
        ids: list[str] = codebuild.list_builds_for_project(projectName=self.trial.outputs["buildProject"])["ids"]
        return ids

    def begin(self, *arguments: str) -> "subprocess.Popen[str]":
        """Begin `tfs image build`."""
        beside = Path(sys.executable).parent
        environment = {
            **os.environ,
            **self._workspace.environment(self.trial.endpoints),
            "PATH": f"{beside}:{os.environ['PATH']}",
            "PULUMI_HOME": str(self._workspace.folder / "home"),
        }
        command = [str(beside / "tfs"), "image", "build", "--stack", NAME, "--on", "codebuild", *arguments]
        return subprocess.Popen(
            [*command, str(self._workspace.folder)],
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *arguments: str) -> Ended:
        """Run `tfs image build` to its end."""
        with self.begin(*arguments) as running:
            result, told = running.communicate(timeout=LONGEST_BUILD_SECONDS)
        return Ended(running.returncode, result, told)


@pytest.fixture(scope="module")
def operator(trial: Trial) -> Operator:
    return Operator(trial)


def until_it_builds(running: "subprocess.Popen[str]") -> None:
    """Read what a command tells until the build has got to the Dockerfile."""
    assert running.stderr is not None
    told = []
    for line in running.stderr:
        told.append(line)
        if STEP.search(line):
            return
    raise AssertionError("".join(told))


def test_a_build_that_fails_says_why_and_leaves_the_stack_as_it_was(operator: Operator) -> None:
    # The rehearsal has no sources of this release.
    operator.configure(serverImage="optimized", serverVersion="2.18.0")
    before = operator.stack_file
    ended = operator.run("--set")
    assert (ended.code, ended.result) == (1, "")
    assert "curl: (37)" in ended.told, ended.told
    assert f"The build {operator.builds[0]} ended as FAILED. BUILD: Error while executing command" in ended.told
    assert "Traceback" not in ended.told
    assert operator.stack_file == before


def stop(operator: Operator, build_id: str) -> None:
    """Stop a build as its operator would."""
    operator.trial.endpoints.client("codebuild").stop_build(id=build_id)


def kill(operator: Operator, build_id: str) -> None:
    """Take the container that a build runs in away."""
    client = docker.from_env()
    builders(client, build_id)[0].remove(force=True, v=True)
    client.close()


def time_out(operator: Operator, build_id: str) -> None:
    """Say in the data plane's name what it says when a build's time is over, which is five minutes at least."""
    at = operator.trial.endpoints
    Curtain(at.aws_url, at.secret_key, str(at.ca_file)).report_build(build_id, {"buildStatus": "TIMED_OUT"})


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (stop, "ended as STOPPED. Somebody stopped it."),
        (kill, "ended as FAULT. BUILD: The build's container "),
        (time_out, "ended as TIMED_OUT. Set codeBuildTimeoutMinutes higher,"),
    ],
)
def test_a_build_that_does_not_end_by_itself_leaves_the_stack_as_it_was(
    operator: Operator, end: Callable[[Operator, str], None], told: str
) -> None:
    operator.configure(serverVersion=None, instructionSets=["avx2"])
    before = operator.stack_file
    with operator.begin("--set") as running:
        until_it_builds(running)
        build_id = operator.builds[0]
        end(operator, build_id)
        result, said = running.communicate(timeout=LONGEST_BUILD_SECONDS)
    assert (running.returncode, result) == (1, "")
    assert f"The build {build_id} {told}" in said
    assert operator.stack_file == before


def test_a_command_that_is_interrupted_leaves_the_build_to_the_next_which_names_the_image(operator: Operator) -> None:
    operator.configure(instructionSets=["avx2", "fma"], buildMemoryMib=4096)
    with operator.begin("--set") as running:
        until_it_builds(running)
        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=LONGEST_BUILD_SECONDS)
    build = operator.builds[0]
    assert running.returncode == INTERRUPTED
    assert f"The build {build} goes on; the same command follows it again." in told
    ended = operator.run("--set", "--json")
    assert ended.code == 0, ended.told
    assert f"{build} builds this already." in ended.told
    assert operator.builds[0] == build
    built = json.loads(ended.result)
    image = built["image"]
    assert image.startswith(f"{operator.trial.outputs['serverRepository']}:{built['tag']}@sha256:")
    assert f"tfserving:serverImageDigest: {image}" in operator.stack_file


def test_content_that_was_built_before_is_not_built_again(operator: Operator) -> None:
    before = operator.builds
    ended = operator.run()
    assert (ended.code, operator.builds) == (0, before)
    assert "has been pushed before." in ended.told


def test_the_agents_image_is_built_there_too(operator: Operator) -> None:
    with (operator.trial.program / "tfserving/agent/__init__.py").open("a") as module:
        module.write("# changed\n")  # as it was, the first update has built and pushed it
    before = operator.builds
    ended = operator.run("--image", "agent", "--json")
    assert ended.code == 0, ended.told
    assert len(operator.builds) == len(before) + 1
    built = json.loads(ended.result)
    assert built["image"].startswith(f"{operator.trial.outputs['agentRepository']}:{built['tag']}@sha256:")


def test_a_machine_runs_what_was_built_and_this_machines_engine_builds_nothing(operator: Operator) -> None:
    trial = operator.trial
    before, said = trial.outputs["instanceId"], trial.said.tell()
    server, agent = (operator.run("--image", what).result.strip() for what in ("server", "agent"))
    trial.configure(serverImageDigest=server, agentImageDigest=agent)
    trial.up()
    assert (trial.outputs["serverImage"], trial.outputs["agentImage"]) == (server, agent)
    assert trial.outputs["instanceId"] != before
    assert "Step " not in trial.said.getvalue()[said:]
    assert "warning" not in trial.said.getvalue()[said:]
    code, record = trial.on_machine(
        "docker", "exec", "tfserving-server-1", "grep", "compiled by", "/usr/bin/tensorflow_model_server"
    )
    assert code == 0, record
    assert "--copt=-mavx2 --copt=-mfma --local_resources=memory=4096" in record
    assert min(result.accuracy for result in predictions(trial.rehearsal)) >= 0.95


def test_an_update_finds_what_was_built_there_though_no_setting_names_it(operator: Operator) -> None:
    trial = operator.trial
    server = trial.outputs["serverImage"]
    trial.configure(serverImageDigest=None, agentImageDigest=None)
    outcome = trial.rehearsal.provision()
    assert not outcome.changed
    assert outcome.outputs["serverImage"] == server
