"""The rehearsal from end to end: cloud, stack, models, machine, predictions."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local.cloud import Cloud, Endpoints, Ports, engine
from local.folders import CACHE, PROJECT
from local.readiness import wait_until_ready
from local.stack.bases import base_images
from local.stack.engine import PROGRAM, Engine, Outcome
from local.stack.workspace import Workspace, client_environment
from local.steps import Steps
from local.wanted import Wanted, trained_version, wanted_models
from tfserving.errors import TfServingError
from tfserving.fleet.lookup import wanted_config
from tfserving.model_store import list_versions

MODEL: Final = "digits"


@dataclass(frozen=True)
class Rehearsal:
    """One rehearsal: its name is the stack's and part of every container's."""

    name: str
    folder: Path
    ports: Ports
    steps: Steps
    program: Path = PROGRAM
    settings: Path = PROJECT / "Pulumi.local.yaml"

    @property
    def workspace(self) -> Workspace:
        """Give the engine's folder."""
        return Workspace(self.folder / "stack", self.name, self.settings)

    @property
    def models(self) -> list[Wanted]:
        """Name the models the stack wants."""
        return wanted_models(self.program.parent, self.name)

    @property
    def cloud(self) -> Cloud:
        """Give the AWS of this rehearsal."""
        return Cloud(name=self.name, folder=self.folder / "cloud", ports=self.ports, report=self.steps.say)

    def up(self) -> Outcome:
        """Bring everything up and return what the engine did; on a rehearsal that is up it changes nothing."""
        with self.steps.step("The AWS on this machine"):
            endpoints = self._start_cloud()
        with self.steps.step("The models: two versions of a network that reads digits"):
            self._train()
        # An update refuses a config that wants what is not published, unless nothing is.
        if known := self.engine().outputs().get("modelsBucket"):
            self._publish(endpoints, known)
        with self.steps.step("The stack: pulumi up"):
            outcome = self.provision()
            self.steps.say(_summary(outcome))
        if known != outcome.outputs["modelsBucket"]:
            self._publish(endpoints, outcome.outputs["modelsBucket"])
        with self.steps.step("The machine: from user-data to ready"):
            config = wanted_config(endpoints.client("s3"), outcome.outputs["configsBucket"])
            wait_until_ready(self.cloud, self.ports, outcome.outputs["instanceId"], self.steps.say, config)
        return outcome

    def provision(self) -> Outcome:
        """Run the engine on the program; the AWS is up already.

        Raises EngineError with what the engine refused.
        """
        return self.engine().up()

    def destroy(self) -> Outcome:
        """Delete every resource of the stack through the engine."""
        return self.engine().destroy()

    def down(self) -> None:
        """Destroy the stack through the engine, then remove everything of the rehearsal."""
        cloud = self.cloud
        if not self.folder.exists() and not engine.answers():
            self.steps.say("There is no rehearsal to remove.")
            return
        if cloud.endpoints() and not self._engine_state_is_lost(cloud):
            with self.steps.step("The stack: pulumi destroy"):
                self._destroy_what_is_known()
        with self.steps.step("Everything else of the rehearsal"):
            cloud.stop()
            shutil.rmtree(self.folder, ignore_errors=True)

    def tfs(self, *arguments: str) -> None:
        """Run the `tfs` command against this rehearsal, as its operator would.

        Raises TfServingError if the command fails.
        """
        endpoints = self._endpoints(self.cloud)
        self.steps.say(f"  $ tfs {' '.join(arguments)}")
        command = [str(Path(sys.executable).with_name("tfs")), *arguments]
        if subprocess.run(command, env={**os.environ, **client_environment(endpoints)}, check=False).returncode:
            raise TfServingError(f"`tfs {arguments[0]}` failed; see the lines above.")

    def _train(self) -> None:
        command = [sys.executable, "-m", "local.digits", str(CACHE / MODEL)]
        # TensorFlow is chatty on stderr; it counts only when the training fails.
        training = subprocess.run(command, cwd=PROJECT, check=False, stderr=subprocess.PIPE, text=True)
        if training.returncode:
            raise TfServingError(f"The model could not be trained:\n{training.stderr}")

    def _start_cloud(self) -> Endpoints:
        cloud = self.cloud
        endpoints = cloud.start()
        if self._engine_state_is_lost(cloud):
            self.workspace.clear()
        elif reason := self._why_the_stack_is_unusable():
            self.steps.say(f"  {reason} Beginning anew.")
            cloud.stop()
            self.workspace.clear()
            endpoints = cloud.start()
        self._remember(cloud)
        return endpoints

    def engine(self) -> Engine:
        """Give the engine with its workspace laid for this AWS.

        Raises TfServingError if that is not up.
        """
        cloud = self.cloud
        endpoints = self._endpoints(cloud)
        self.workspace.prepare(endpoints, base_images(cloud, self.settings))
        return Engine(self.workspace, endpoints, self.steps.say, self.program)

    def _endpoints(self, cloud: Cloud) -> Endpoints:
        if (endpoints := cloud.endpoints()) is None:
            raise TfServingError("The rehearsal is not up. Run `make local`.")
        return endpoints

    def _why_the_stack_is_unusable(self) -> str:
        if not self.workspace.passphrase_file.exists():
            return "The stack's passphrase is gone."
        return "An earlier run was killed while it changed the stack." if self.engine().was_cut_off() else ""

    def _destroy_what_is_known(self) -> None:
        if reason := self._why_the_stack_is_unusable():
            self.steps.say(f"  {reason} Its state is dropped with the cloud.")
            return
        self.steps.say(_summary(self.destroy()))

    def _publish(self, endpoints: Endpoints, bucket: str) -> None:
        with self.steps.step("The models: tfs publish"):
            for wanted in self.models:
                published = set(list_versions(endpoints.client("s3"), bucket, wanted.model))
                for version in wanted.versions:
                    self._publish_version(wanted.model, version, bucket, there=version in published)

    def _publish_version(self, model: str, version: int, bucket: str, *, there: bool) -> None:
        if there:
            self.steps.say(f"  {model}/{version} is in the store.")
            return
        folder = str(CACHE / MODEL / str(trained_version(version)))
        self.tfs("publish", folder, "--model", model, "--version", str(version), "--bucket", bucket)

    # What the engine knows belongs to the AWS it was told about; another one has none of it.
    def _engine_state_is_lost(self, cloud: Cloud) -> bool:
        remembered = self.folder / "generation"
        return not remembered.exists() or remembered.read_text() != cloud.generation

    def _remember(self, cloud: Cloud) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "generation").write_text(cloud.generation)


def _summary(outcome: Outcome) -> str:
    counts = ", ".join(f"{count} {operation}" for operation, count in sorted(outcome.changes.items()))
    return f"  {counts or 'no changes'} in {outcome.seconds:.1f} s"
