"""What is known of every model version: the states the status APIs report, and waiting for them."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from .status import StatusError


class State(IntEnum):
    """ModelVersionStatus.State of the official API."""

    START = 10
    LOADING = 20
    AVAILABLE = 30
    UNLOADING = 40
    END = 50


@dataclass(frozen=True)
class Event:
    """One version entered a state; END carries the error if it got there by failing."""

    name: str
    version: int
    state: State
    error: StatusError | None = None


Pause = Callable[[threading.Condition], None]
"""How a waiting thread lets others go on, called with the condition held."""


def block(condition: threading.Condition) -> None:
    """Sleep until the next event, for ever if none comes: the real server waits without a timeout."""
    condition.wait()


class StateMonitor:
    """Remembers the last state of every version it was told of, unloaded and failed ones included."""

    def __init__(self, pause: Pause = block) -> None:
        self._pause = pause
        self._changed = threading.Condition()
        self._states: dict[str, dict[int, Event]] = {}

    def record(self, event: Event) -> None:
        """Take note of an event and wake whoever waits."""
        with self._changed:
            self._states.setdefault(event.name, {})[event.version] = event
            self._changed.notify_all()

    def versions(self, name: str) -> Mapping[int, Event]:
        """The model's versions, largest first; empty for a model never heard of."""
        with self._changed:
            return dict(sorted(self._states.get(name, {}).items(), reverse=True))

    def available(self, name: str, version: int) -> bool:
        """Whether the version can be asked now."""
        with self._changed:
            event = self._states.get(name, {}).get(version)
            return event is not None and event.state is State.AVAILABLE

    def wait_settled(self, names: Iterable[str]) -> tuple[Event, ...]:
        """Block until each model has a version that is AVAILABLE or END; one such event per model.

        There is no timeout: a model without base path is waited for until it gets one (tensorflow/serving#2189).
        """
        wanted = sorted(set(names))
        with self._changed:
            while True:
                settled = [self._settled(name) for name in wanted]
                if all(settled):
                    return tuple(event for event in settled if event)
                self._pause(self._changed)

    def _settled(self, name: str) -> Event | None:
        versions = self.versions(name).values()
        return next((event for event in versions if event.state in (State.AVAILABLE, State.END)), None)


class Events:
    """Hands each event to every monitor that listens."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._monitors: tuple[StateMonitor, ...] = ()

    def listen(self, monitor: StateMonitor) -> None:
        """Tell the monitor of all events from now on."""
        with self._lock:
            self._monitors = (*self._monitors, monitor)

    def dismiss(self, monitor: StateMonitor) -> None:
        """Tell the monitor no more."""
        with self._lock:
            self._monitors = tuple(other for other in self._monitors if other is not monitor)

    def publish(self, event: Event) -> None:
        """Report an event to everyone listening."""
        for monitor in self._monitors:
            monitor.record(event)
