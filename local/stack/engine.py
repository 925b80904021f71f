"""The real engine on the real program, through Pulumi's Automation API."""

import contextlib
import json
import os
import runpy
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

import psutil
from pulumi import automation as auto

from local import docker_command
from local.cloud import Endpoints
from local.folders import PROJECT
from local.stack.plugins import provider_environment, uses_installed_aws
from local.stack.progress import Progress, Report
from local.stack.workspace import Workspace
from tfserving.errors import TfServingError

Result = TypeVar("Result")
PROJECT_NAME: Final = "tfserving"
STACK_TYPE: Final = "pulumi:pulumi:Stack"
PROGRAM: Final = PROJECT / "__main__.py"


class EngineError(TfServingError):
    """The engine refused or failed; the text is what it said, without its traces."""


@dataclass(frozen=True)
class Outcome:
    """What an operation did: outputs by name, how often which operation was done to a resource, a preview's text."""

    outputs: Mapping[str, Any]
    changes: Mapping[str, int]
    seconds: float
    rendered: str = ""

    @property
    def changed(self) -> bool:
        """Tell whether any resource changed."""
        return any(self.changes.values())


class Engine:
    """Runs one stack of the project against the local AWS."""

    def __init__(
        self,
        workspace: Workspace,
        endpoints: Endpoints,
        report: Report,
        program: Path = PROGRAM,
    ) -> None:
        self._workspace = workspace
        self._endpoints = endpoints
        self._report = report
        self._program = program

    def up(self) -> Outcome:
        """Bring the stack to what the program says."""
        return self._run(lambda stack, progress: stack.up(on_event=progress).outputs)

    def preview(self) -> Outcome:
        """Say what `up` would do, property by property."""
        rendered: list[str] = []

        def preview(stack: auto.Stack, progress: Progress) -> Mapping[str, Any]:
            rendered.append(stack.preview(on_event=progress, diff=True).stdout)
            return {}

        return replace(self._run(preview), rendered="".join(rendered))

    def destroy(self) -> Outcome:
        """Delete every resource of the stack, through the engine."""

        def destroy(stack: auto.Stack, progress: Progress) -> Mapping[str, Any]:
            stack.destroy(on_event=progress, remove=True)
            return {}

        return self._run(destroy)

    def was_cut_off(self) -> bool:
        """Tell whether an earlier run was killed within an operation, so that its outcome is unknown."""
        return bool(self._latest().get("pending_operations")) or self._is_locked()

    def resource_count(self) -> int:
        """Count the resources of the stack, the providers and the stack itself among them."""
        return len(self._latest().get("resources", ()))

    def outputs(self) -> Mapping[str, Any]:
        """Give the stack's outputs as the last operation left them; what is secret is not to be read here."""
        stacks = [found for found in self._latest().get("resources", ()) if found["type"] == STACK_TYPE]
        return stacks[0].get("outputs", {}) if stacks else {}

    def _latest(self) -> dict[str, Any]:
        checkpoint = self._checkpoint()
        if not checkpoint.exists():
            return {}
        return json.loads(checkpoint.read_text())["checkpoint"].get("latest") or {}

    def _run_program(self) -> None:
        runpy.run_path(str(self._program), run_name="__main__")

    def _checkpoint(self) -> Path:
        return self._workspace.folder / "state/.pulumi/stacks" / PROJECT_NAME / f"{self._workspace.stack}.json"

    def _is_locked(self) -> bool:
        return any((self._workspace.folder / "state/.pulumi/locks").rglob("*.json"))

    def _run(self, operation: Callable[[auto.Stack, Progress], Mapping[str, Any]]) -> Outcome:
        progress = Progress(self._report)
        began = time.monotonic()
        environment = self._workspace.environment(self._endpoints)
        with (
            _process_environment({**environment, "PATH": self._path()}),
            provider_environment() as attached,
        ):
            try:
                stack = self._stack({**environment, **attached})
                outputs = _uninterrupted(lambda: operation(stack, progress), self._report)
            except auto.CommandError as error:
                raise EngineError(_said(error, progress)) from None
        plain = {name: getattr(output, "value", output) for name, output in outputs.items()}
        return Outcome(plain, progress.changes, time.monotonic() - began)

    def _path(self) -> str:
        # The program runs in this process and builds its images with the docker command that it finds.
        registries = {self._endpoints.registry_host: self._endpoints.registry}
        commands = docker_command.lay(self._workspace.folder / "bin", registries)
        return os.pathsep.join([str(commands), os.environ["PATH"]])

    def _stack(self, environment: Mapping[str, str]) -> auto.Stack:
        _find_command()
        return auto.create_or_select_stack(
            stack_name=self._workspace.stack,
            project_name=PROJECT_NAME,
            program=self._run_program,
            opts=auto.LocalWorkspaceOptions(
                work_dir=str(self._workspace.folder),
                env_vars=dict(environment),
                # A home of its own leaves nothing behind, but installed plugins are found only in the user's.
                pulumi_home=None if uses_installed_aws() else str(self._workspace.folder / "home"),
            ),
        )


@contextlib.contextmanager
def _process_environment(variables: Mapping[str, str]) -> Iterator[None]:
    # The rehearsal's providers live in this process and find the local AWS by the same variables as the engine.
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _find_command() -> None:
    # The set-up links the Pulumi CLI that it installs beside the interpreter.
    beside = str(Path(sys.executable).parent)
    if shutil.which("pulumi") is None:
        os.environ["PATH"] = os.pathsep.join([os.environ["PATH"], beside])
    if shutil.which("pulumi") is None:
        raise EngineError("The pulumi command is not on PATH. Run `make setup`, which finds or installs it.")


def _uninterrupted(operation: Callable[[], Result], report: Report) -> Result:
    """Run an engine operation to its end even if the operator presses Ctrl-C, so that the engine can stop in order."""
    with ThreadPoolExecutor(max_workers=1) as worker:
        running = worker.submit(operation)
        try:
            return running.result()
        except KeyboardInterrupt:
            report("Stopping: the engine finishes what it has begun. The next run goes on from there.")
            _interrupt_engine()
            _wait(running)
            raise


def _interrupt_engine() -> None:
    # In a terminal the engine has had the signal itself; a second one would make it drop what it is doing.
    if sys.stdin.isatty() and os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp():
        return
    for child in psutil.Process().children(recursive=True):
        if child.name() == "pulumi":
            child.send_signal(signal.SIGINT)


def _wait(running: "Future[Any]") -> None:
    try:
        running.result()
    except (auto.CommandError, KeyboardInterrupt):
        return


def _said(error: auto.CommandError, progress: Progress) -> str:
    if progress.errors:
        return "\n".join(progress.errors)
    stderr = str(error).partition("stderr:")[2]
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    return "\n".join(lines) or str(error)
