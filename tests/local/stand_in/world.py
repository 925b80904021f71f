"""A stand-in without TensorFlow, threads or time: directories are real, loads are noted, sleeps are steps."""

import threading
from collections.abc import Callable
from pathlib import Path

from local.stand_in.config import ConfigKind, Model, ServerConfig, VersionPolicy
from local.stand_in.core import ServerCore
from local.stand_in.manager import Manager, Retries
from local.stand_in.source import DirectorySource
from local.stand_in.states import Events, Pause
from local.stand_in.status import Code, StatusError

MANY = 20


class StuckError(Exception):
    """Nothing happens any more, and something still waits."""


class FakeModel:
    """A loaded version that notes its end."""

    def __init__(self, journal: list[str], title: str) -> None:
        self._journal = journal
        self._title = title

    def close(self) -> None:
        """Be unloaded."""
        self._journal.append(f"unload {self._title}")


class World:
    """One server's models on disk, and everything that happens to them, in order, in `journal`."""

    def __init__(
        self,
        folder: Path,
        *,
        retries: int = 0,
        pooled: bool = False,
        allow_labels: bool = False,
        pause: Pause | None = None,
    ) -> None:
        self.folder = folder
        self.journal: list[str] = []
        self.broken: set[str] = set()
        self.scheduled: list[Callable[[], None]] = []
        self.during_sleep: Callable[[], object] = lambda: None
        self._connected = False
        self._pauses = 0
        run = self.scheduled.append if pooled else lambda task: task()
        self.manager: Manager[FakeModel] = Manager(
            self._load, Events(), Retries(retries, 60_000_000, self._sleep), run, lambda task: task()
        )
        self.source = DirectorySource(self.manager.aspire)
        self.core = ServerCore(
            self.manager,
            self.source,
            connect=self._connect,
            allow_labels_for_unavailable=allow_labels,
            pause=pause or self._pause,
        )

    def add(self, name: str, *versions: int | str) -> None:
        """Lay directories under the model's base path."""
        (self.folder / name).mkdir(exist_ok=True)
        for version in versions:
            (self.folder / name / str(version)).mkdir()

    def model(self, name: str, *versions: int, latest: int = 1, **labels: int) -> Model:
        """A config entry: of specific versions if any are given."""
        policy = VersionPolicy(kind="specific", versions=versions) if versions else VersionPolicy(count=latest)
        return Model(name=name, base_path=str(self.folder / name), policy=policy, labels=labels, platform="tensorflow")

    def reload(self, *models: Model) -> None:
        """Apply a config of these models, and let what follows from it happen."""
        self.core.reload(ServerConfig(kind=ConfigKind.MODELS, models=models))
        self.settle()

    def settle(self) -> None:
        """Poll the directories, and tick until nothing is left to do."""
        for _ in range(MANY):
            if not self.step():
                return

    def step(self) -> bool:
        """One poll, and one tick."""
        if self._connected:
            self.source.poll()
        acted = self.manager.tick()
        for task in self.scheduled[:]:
            self.scheduled.remove(task)
            task()
        return acted

    def states(self, name: str) -> dict[int, str]:
        """The states a status request would show."""
        return {version: event.state.name for version, event in self.core.versions(name, None).items()}

    def error(self, name: str, version: int) -> str:
        """The message a failed version shows."""
        error = self.core.versions(name, version)[version].error
        return "" if error is None else error.message

    def answers(self, name: str, version: int | None = None, label: str | None = None) -> int:
        """The version that would answer a request."""
        with self.core.borrow(name, version, label) as (number, _):
            return number

    def _connect(self) -> None:
        self._connected = True

    def _load(self, name: str, version: int, path: str) -> FakeModel:
        title = f"{name}:{version}"
        self.journal.append(f"load {title}")
        if title in self.broken:
            raise StatusError(Code.NOT_FOUND, f"Could not find SavedModel .pb in {path}")
        return FakeModel(self.journal, title)

    def _sleep(self, seconds: float) -> None:
        self.journal.append(f"sleep {seconds:.0f}")
        self.during_sleep()

    def _pause(self, condition: threading.Condition) -> None:
        self._pauses += 1
        if self._pauses > MANY:
            self._pauses = 0
            raise StuckError
        self.step()
