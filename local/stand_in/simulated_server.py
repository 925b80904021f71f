"""The stand-in's core in virtual time, without TensorFlow, ports or processes.

The config file and the folders of versions are real; what a load comes to is said by a function; seconds pass when
`VirtualTime.advance` is called. So a test can take a server, and whatever rolls versions out to it, through hours of
slow loads, failures, crashes and half-written files in milliseconds, and twice in the same way.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from .config import ConfigKind, read_models
from .core import ServerCore
from .crash import CrashError
from .manager import TICK_SECONDS, UNLOAD_SECONDS, Manager, Retries
from .source import DirectorySource
from .states import Event, Events, State
from .status import Code, StatusError
from .virtual_time import Task, VirtualTime, Work

EXITED: Final = 255
ABORTED: Final = 134


@dataclass(frozen=True)
class Outcome:
    """What loading a version comes to, and after how many seconds."""

    kind: Literal["loads", "fails", "fails at warm-up"] = "loads"
    seconds: float = 0.0


@dataclass(frozen=True)
class Flags:
    """The flags that matter here, with the real server's names; loads run in threads of their own."""

    model_config_file_poll_wait_seconds: int = 15
    """0 means that the file is read at boot only."""
    file_system_poll_wait_seconds: int = 1
    """0 means that directories are looked at once, less that they never are."""
    max_num_load_retries: int = 5
    load_retry_interval_micros: int = 60_000_000
    allow_version_labels_for_unavailable_models: bool = False


class Loaded:
    """A loaded version, which can do nothing."""

    def close(self) -> None:
        """Nothing to free."""


@dataclass(eq=False)
class _Life:
    """What a process has in memory: one start of the server, up to its end."""

    core: ServerCore[Loaded]
    alive: bool = True
    listening: bool = False
    loading: int = 0
    tasks: list[Task] = field(default_factory=list)


class SimulatedServer:
    """A server that is started, asked, crashed and started again; its `log` has one line per event.

    While it is down or still booting `listening` is false and there are no states. `exit_code` says why it ended:
    255 for a refused boot, 134 for a crash of its own, None while it runs or after `crash`.
    """

    def __init__(
        self,
        time: VirtualTime,
        config_file: Path,
        outcome: Callable[[str, int], Outcome] = lambda _name, _version: Outcome(),
        flags: Flags | None = None,
    ) -> None:
        self._time = time
        self._config_file = config_file
        self._outcome = outcome
        self._flags = flags or Flags()
        self._life: _Life | None = None
        self.exit_code: int | None = None
        self.log: list[str] = []

    @property
    def running(self) -> bool:
        """Whether there is a process, listening or not."""
        return self._life is not None

    @property
    def listening(self) -> bool:
        """Whether the ports are open: every model of the first config has loaded."""
        return self._life is not None and self._life.listening

    def start(self) -> None:
        """Begin to boot; how far that gets is seen as time passes."""
        if self.running:
            raise RuntimeError("The server runs already.")
        self.exit_code = None
        events = Events()
        retries = Retries(self._flags.max_num_load_retries, self._flags.load_retry_interval_micros, self._time.sleep)
        manager: Manager[Loaded] = Manager(
            self._load,
            events,
            retries,
            run_load=self._spawn_load,
            run_unload=lambda work: work(),
            run_unloaded=lambda work: self._time.later(UNLOAD_SECONDS, self._if_alive(work)),
        )
        source = DirectorySource(manager.aspire)
        core = ServerCore(
            manager,
            source,
            connect=lambda: self._poll_directories(source),
            allow_labels_for_unavailable=self._flags.allow_version_labels_for_unavailable_models,
            pause=self._time.pause,
        )
        self._life = _Life(core)
        self._every(TICK_SECONDS, manager.tick)
        self._spawn(self._boot)

    def crash(self) -> None:
        """End the process at once, wherever it is; what it had in memory is gone."""
        life, self._life = self._life, None
        if life is not None:
            life.alive = False
            for task in life.tasks:
                task.stop()

    def states(self, name: str) -> Mapping[int, Event]:
        """What GetModelStatus tells of a model: its versions, largest first; raises StatusError as that does."""
        return self._demand().core.versions(name, None)

    def version_of(self, name: str, label: str) -> int:
        """The version that answers under a label; raises StatusError if none does."""
        core = self._demand().core
        with core.borrow(name, label=label) as (version, _):
            return version

    def available(self, name: str) -> Collection[int]:
        """The versions of a model that answer requests; none while the server is not listening."""
        try:
            return [number for number, event in self.states(name).items() if event.state is State.AVAILABLE]
        except StatusError:
            return []

    def _demand(self) -> _Life:
        if self._life is None or not self._life.listening:
            raise StatusError(Code.UNAVAILABLE, "failed to connect to all addresses")
        return self._life

    def _boot(self) -> None:
        life = self._life
        assert life is not None
        try:
            life.core.reload(read_models(str(self._config_file)))
        except StatusError as error:
            return self._end(EXITED, error)
        except CrashError as error:
            return self._end(ABORTED, error)
        while life.loading:
            # The pool of the boot is joined, retries and all, before the ports open.
            self._time.sleep(TICK_SECONDS)
        life.listening = True
        self.log.append("listening")
        while seconds := self._flags.model_config_file_poll_wait_seconds:
            self._time.sleep(seconds)
            self._poll(life)

    def _poll_directories(self, source: DirectorySource) -> None:
        if self._flags.file_system_poll_wait_seconds > 0:
            self._every(self._flags.file_system_poll_wait_seconds, source.poll)
        elif self._flags.file_system_poll_wait_seconds == 0:
            source.poll()

    def _poll(self, life: _Life) -> None:
        try:
            config = read_models(str(self._config_file))
            life.core.reload(config)
        except StatusError as error:
            self.log.append(f"refused: {error.message}")
        except CrashError as error:
            self._end(ABORTED, error)
        else:
            if config.kind is ConfigKind.MODELS:
                self.log.append("config applied")

    def _end(self, code: int, error: Exception) -> None:
        self.exit_code = code
        self.log.append(f"exit {code}: {error}")
        # Later, since whoever ends cannot be stopped by himself.
        self._time.later(0, self._if_alive(self.crash))

    def _load(self, name: str, version: int, path: str) -> Loaded:
        outcome = self._outcome(name, version)
        self._time.sleep(outcome.seconds)
        self.log.append(f"{name}/{version} {outcome.kind}")
        if outcome.kind == "fails":
            raise StatusError(Code.NOT_FOUND, f"Could not find SavedModel .pb or .pbtxt at {path}")
        if outcome.kind == "fails at warm-up":
            raise StatusError(Code.FAILED_PRECONDITION, f"A warm-up request fails at {path}")
        return Loaded()

    def _spawn_load(self, work: Work) -> None:
        life = self._life
        assert life is not None
        life.loading += 1

        def load() -> None:
            work()
            life.loading -= 1

        self._spawn(load)

    def _spawn(self, work: Work) -> None:
        assert self._life is not None
        self._life.tasks = [task for task in self._life.tasks if not task.done]
        self._life.tasks.append(self._time.spawn(work))

    def _every(self, seconds: float, work: Work) -> None:
        life = self._life
        assert life is not None
        self._time.every(seconds, work, while_=lambda: life.alive)

    def _if_alive(self, work: Work) -> Work:
        life = self._life
        assert life is not None
        return lambda: work() if life.alive else None
