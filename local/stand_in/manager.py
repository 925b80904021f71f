"""Brings the loaded versions to the wanted ones, one action per tick, as the real server's manager does."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Generic, Protocol, TypeVar, cast

from .policy import Act, Action, Phase, next_action
from .source import Aspired
from .states import Event, Events, State
from .status import Code, StatusError, not_found

log = logging.getLogger("stand_in.manager")

TICK_SECONDS: Final = 0.1
UNLOAD_SECONDS: Final = 2.0
"""An unload shows as END two to five seconds after the config that drops the version (seen on 2.20.0)."""


class Servable(Protocol):
    """A loaded version; what it can be asked is between the loader and the APIs."""

    def close(self) -> None: ...


S = TypeVar("S", bound=Servable)
Made = TypeVar("Made", bound=Servable, covariant=True)


class Loader(Protocol[Made]):
    """Turns a directory into a servable; raises StatusError if that fails."""

    def __call__(self, name: str, version: int, path: str) -> Made: ...


Run = Callable[[Callable[[], None]], None]
"""Executes a load or unload: at once in the caller's thread, or in a pool."""


def at_once(work: Callable[[], None]) -> None:
    """Execute it in the caller's thread."""
    work()


@dataclass(frozen=True)
class Retries:
    """How often a failed load is tried again; the pause is in microseconds, as in the flag."""

    count: int
    interval_micros: int
    sleep: Callable[[float], None]


@dataclass(eq=False)
class Managed(Generic[S]):
    """One version in the manager's care."""

    name: str
    version: int
    path: str
    phase: Phase = Phase.NEW
    aspired: bool = True
    servable: S | None = None
    users: int = 0

    def __str__(self) -> str:
        return f"{{name: {self.name} version: {self.version}}}"


@dataclass
class Manager(Generic[S]):
    """Keeps (name, version) pairs; files that change under a loaded version are never noticed."""

    loader: Loader[S]
    events: Events
    retries: Retries
    run_load: Run
    run_unload: Run
    run_unloaded: Run = at_once
    """Executes what is left of an unload once the version is freed; meanwhile it shows as UNLOADING."""
    _versions: dict[str, dict[int, Managed[S]]] = field(default_factory=dict)
    _pending: dict[str, Aspired] = field(default_factory=dict)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def aspire(self, name: str, versions: Aspired) -> None:
        """Note which versions of a model are wanted; acted upon at the next tick."""
        with self._changed:
            self._pending[name] = versions

    def tick(self) -> bool:
        """Do the one most urgent thing, if any; returns whether there was one.

        With loads in the caller's thread (`--num_load_threads=0`) this takes as long as the load with all its retries,
        and nothing else loads or unloads meanwhile.
        """
        with self._changed:
            self._forget()
            self._take_pending()
            action = self._most_urgent()
            if action is None:
                return False
            action.target.phase = Phase.LOADING if action.act is Act.LOAD else Phase.UNLOADING
        target = action.target
        if action.act is Act.LOAD:
            self.run_load(lambda: self._load(target))
        else:
            self.run_unload(lambda: self._unload(target))
        return True

    @contextmanager
    def borrow(self, name: str, version: int | None) -> Iterator[tuple[int, S]]:
        """Lend a loaded version, the largest if none is named; it is not unloaded before it is given back."""
        with self._changed:
            managed = self._serving(name, version)
            managed.users += 1
        try:
            yield managed.version, cast(S, managed.servable)
        finally:
            with self._changed:
                managed.users -= 1
                self._changed.notify_all()

    def _serving(self, name: str, version: int | None) -> Managed[S]:
        ready = {key: each for key, each in self._of(name).items() if each.phase is Phase.READY}
        chosen = max(ready, default=None) if version is None else version
        if chosen is None or chosen not in ready:
            request = f"Latest({name})" if version is None else f"Specific({name}, {version})"
            raise not_found(f"Servable not found for request: {request}")
        return ready[chosen]

    def _of(self, name: str) -> Mapping[int, Managed[S]]:
        return self._versions.get(name, {})

    def _forget(self) -> None:
        # A failed version is dropped, and so may be tried anew, only once nobody wants it (tensorflow/serving#1738).
        for name, versions in list(self._versions.items()):
            for managed in list(versions.values()):
                if managed.aspired or managed.phase not in (Phase.NEW, Phase.DISABLED, Phase.ERROR):
                    continue
                del versions[managed.version]
                if managed.phase is Phase.NEW:
                    self.events.publish(Event(name, managed.version, State.END))
            if not versions:
                del self._versions[name]

    def _take_pending(self) -> None:
        for name, wanted in list(self._pending.items()):
            leaving = {version for version, managed in self._of(name).items() if not managed.aspired}
            if leaving & wanted.keys():
                continue  # Wanted again while it is still on its way out: that has to finish first.
            del self._pending[name]
            self._apply(name, wanted)

    def _apply(self, name: str, wanted: Aspired) -> None:
        for version, managed in self._of(name).items():
            managed.aspired = version in wanted
        for version, path in wanted.items():
            if version not in self._of(name):
                self._versions.setdefault(name, {})[version] = Managed(name, version, path)
                self.events.publish(Event(name, version, State.START))

    def _most_urgent(self) -> Action[Managed[S]] | None:
        actions = [next_action(versions.values()) for versions in self._versions.values()]
        possible = [action for action in actions if action is not None]
        return min(possible, key=lambda action: action.act.value, default=None)

    def _load(self, managed: Managed[S]) -> None:
        log.info("Loading servable version %s", managed)
        self._publish(managed, State.LOADING)
        try:
            managed.servable = self._load_with_retries(managed)
        except StatusError as error:
            log.error("Servable %s cannot be loaded: %s", managed, error)
            self._enter(managed, Phase.ERROR, State.END, error)
        else:
            log.info("Successfully loaded servable version %s", managed)
            self._enter(managed, Phase.READY, State.AVAILABLE)

    def _load_with_retries(self, managed: Managed[S]) -> S:
        tries = 0
        while True:
            try:
                return self._load_once(managed)
            except StatusError as error:
                log.error("Loading servable: %s failed: %s", managed, error)
                tries += 1
                if tries > self.retries.count or not managed.aspired:
                    raise
            self.retries.sleep(self.retries.interval_micros / 1e6)
            log.info("Retrying of Loading servable: %s retry: %d", managed, tries)

    def _load_once(self, managed: Managed[S]) -> S:
        try:
            return self.loader(managed.name, managed.version, managed.path)
        except StatusError:
            raise
        except Exception as error:
            raise StatusError(Code.INTERNAL, f"{type(error).__name__}: {error}") from error

    def _unload(self, managed: Managed[S]) -> None:
        log.info("Unloading servable version %s", managed)
        self._publish(managed, State.UNLOADING)
        with self._changed:
            self._changed.wait_for(lambda: managed.users == 0)
        if managed.servable is not None:
            managed.servable.close()
            managed.servable = None
        self.run_unloaded(lambda: self._unloaded(managed))

    def _unloaded(self, managed: Managed[S]) -> None:
        self._enter(managed, Phase.DISABLED, State.END)
        log.info("Done unloading servable version %s", managed)

    def _enter(self, managed: Managed[S], phase: Phase, state: State, error: StatusError | None = None) -> None:
        with self._changed:
            managed.phase = phase
        self._publish(managed, state, error)

    def _publish(self, managed: Managed[S], state: State, error: StatusError | None = None) -> None:
        self.events.publish(Event(managed.name, managed.version, state, error))
