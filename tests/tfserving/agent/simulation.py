"""One machine in this process, under a clock of its own: the agent itself, and the stand-in's core for its server.

Nothing sleeps, loads TensorFlow or asks a network; the disk is real. Faults are switches.
"""

import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from local.stand_in.config import ServerConfig, read_models
from local.stand_in.core import ServerCore
from local.stand_in.status import StatusError
from tests.local.stand_in.world import World
from tests.tfserving.stores import FILES, manifest_of, saved_model
from tfserving.agent import disk
from tfserving.agent.agent import Agent
from tfserving.agent.config_bucket import ConfigObject
from tfserving.agent.rollout import ServerState, Version
from tfserving.agent.settings import AgentSettings
from tfserving.errors import TfServingError
from tfserving.model_store import Manifest, render_manifest
from tfserving.protos.server_config_pb2 import ModelServerConfig

POLL_SECONDS = 15
MODELS = ("a", "b")
Wanted = Mapping[str, tuple[tuple[int, ...], Mapping[str, int]]]


def config_text(wanted: Wanted) -> str:
    """Write a models.config of specific versions and labels."""
    models = []
    for name, (versions, labels) in wanted.items():
        listed = " ".join(f"versions: {version}" for version in versions)
        placed = " ".join(f'version_labels {{ key: "{label}" value: {v} }}' for label, v in labels.items())
        models.append(
            f'config {{ name: "{name}" base_path: "s3://models-bucket/models/{name}" model_platform: "tensorflow" '
            f"model_version_policy {{ specific {{ {listed} }} }} {placed} }}"
        )
    return f"model_config_list {{ {' '.join(models)} }}"


class SimulatedStore:
    """A model store and a config bucket; `down`, `damaged` and `absent` are its faults."""

    def __init__(self, models: Path) -> None:
        self._models = models
        self._number = 0
        self.config: ConfigObject | None = None
        self.down = False
        self.damaged: set[Version] = set()
        self.absent: set[Version] = set()
        self.fetches: list[Version] = []

    def want(self, text: str) -> None:
        """Write models.config."""
        self._number += 1
        self.config = ConfigObject(text, f'"{self._number}"', f"v{self._number}")

    def models_config(self, known: ConfigObject | None) -> ConfigObject:
        """Read models.config."""
        self._demand_reachable()
        if self.config is None:
            raise TfServingError("There is no models.config.")
        return known if known == self.config and known else self.config

    def write_status(self, instance_id: str, status: dict[str, Any]) -> None:
        """Take a status object."""
        self._demand_reachable()

    def published(self, model: str) -> list[int]:
        """Every model has the versions 1 to 4."""
        self._demand_reachable()
        return [version for version in range(1, 5) if self.has(model, version)]

    def has(self, model: str, version: int) -> bool:
        """Tell whether a version is complete."""
        self._demand_reachable()
        return (model, version) not in self.absent

    def fetch(self, model: str, version: int) -> Manifest:
        """Bring a version to the disk as the mirror does."""
        self._demand_reachable()
        self.fetches.append((model, version))
        manifest = manifest_of()
        with disk.assembling(self._models / model / str(version)) as folder:
            saved_model(folder, FILES)
            (folder / "manifest.json").write_text(render_manifest(manifest))
            if (model, version) in self.damaged:
                raise TfServingError("is not what was published")
        return manifest

    def absence(self, model: str, version: int) -> str:
        """Say that a version is absent."""
        return "is not complete in the store."

    def _demand_reachable(self) -> None:
        if self.down:
            raise ConnectionError("S3 is away")


class SimulatedServer:
    """A server process that docker starts again whenever it ends; `broken` versions do not load."""

    def __init__(self, config: Path, models: Path) -> None:
        self._config = config
        self._models = models
        self.broken: set[str] = set()
        self.world: World | None = None
        self.journal: list[str] = []
        self._known: tuple[bytes, ServerConfig] = (b"", ServerConfig())

    @property
    def core(self) -> "ServerCore[Any]":
        """Give the core of a server that is up."""
        assert self.world is not None
        return self.world.core

    def crash(self) -> None:
        """End at once."""
        self.world = None

    def tick(self) -> None:
        """Start if the config is there, or follow it."""
        if self.world is None:
            if self._config.exists():
                self._boot()
            return
        try:
            self.core.reload(self._read())
        except StatusError as error:
            self.journal.append(error.message)
        self.world.settle()

    def _read(self) -> ServerConfig:
        content = self._config.read_bytes()
        if content != self._known[0]:
            self._known = (content, read_models(str(self._config)))
        return self._known[1]

    def _boot(self) -> None:
        self._models.mkdir(exist_ok=True)
        world = World(self._models, allow_labels=True)
        world.broken = self.broken
        try:
            world.core.reload(self._read())
        except StatusError as error:
            self.journal.append(f"exit: {error.message}")
            return
        world.settle()
        self.world = world

    def reload(self, config: ModelServerConfig) -> None:
        """Leave it to the file, which says the same."""

    def observe(self, models: Collection[str], labels: Collection[tuple[str, str]]) -> ServerState:
        """Answer the agent as tfserving.agent.server.Server does."""
        if self.world is None:
            return ServerState()
        states, errors = {}, {}
        for model in models:
            for version, event in self._versions(model).items():
                states[model, version] = event.state.name
                if event.error:
                    errors[model, version] = event.error.message
        found = {label: self._label(*label) for label in labels}
        return ServerState(True, states, errors, {label: v for label, v in found.items() if v is not None})

    def serves(self) -> set[Version]:
        """Give every version that answers."""
        if self.world is None:
            return set()
        return {(m, v) for m in MODELS for v, event in self._versions(m).items() if event.state.name == "AVAILABLE"}

    def labels(self, names: Collection[str]) -> dict[tuple[str, str], int | None]:
        """Give the labels there are, and the version each answers with; None for one that leads nowhere."""
        if self.world is None:
            return {}
        found = {}
        for model in MODELS:
            for name in names:
                try:
                    self.core.version_for_label(model, name)
                except StatusError:
                    continue
                found[model, name] = self._label(model, name)
        return found

    def _versions(self, model: str) -> Mapping[int, Any]:
        try:
            return self.core.versions(model, None)
        except StatusError:
            return {}

    def _label(self, model: str, label: str) -> int | None:
        assert self.world is not None
        try:
            return self.world.answers(model, label=label)
        except StatusError:
            return None


class Machine:
    """A machine, and time on it: every tick is a second."""

    def __init__(self, root: Path) -> None:
        self.now = 0.0
        self.settings = AgentSettings(
            region="r",
            models_bucket="models-bucket",
            config_bucket="configs-bucket",
            poll_seconds=POLL_SECONDS,
            root=root,
            server_models=str(root / "models"),
        )
        self.store = SimulatedStore(self.settings.models_folder)
        self.server = SimulatedServer(self.settings.config_folder / "models.config", self.settings.models_folder)
        self._next_look = 0.0
        self.agent = self.restart_agent()

    def restart_agent(self) -> Agent:
        """Start the agent anew, as after kill -9: nothing of its memory is left."""
        made: Any = Agent(
            self.settings,
            None,  # type: ignore[arg-type]
            self.server,  # type: ignore[arg-type]
            "i-1",
            clock=lambda: self.now,
            monotonic=lambda: self.now,
        )
        made._bucket, made._store, made._downloads._fetch = self.store, self.store, self.store.fetch
        self._next_look = self.now
        self.agent = made
        return self.agent

    def tick(self, seconds: int = 1) -> None:
        """Let time pass."""
        for _ in range(seconds):
            self.now += 1
            self.server.tick()
            if self.now >= self._next_look:
                self._next_look = self.now + POLL_SECONDS
                self.agent.look()
            else:
                self.agent.observe()

    def until_ready(self, most: int = 3000) -> bool:
        """Let time pass until the machine is ready."""
        for _ in range(most):
            self.tick()
            if self.agent.status.ready and self.agent.status.config == self.store.config:
                return True
        return False

    def remove(self) -> None:
        """Throw the machine away."""
        shutil.rmtree(self.settings.root, ignore_errors=True)
