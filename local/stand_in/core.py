"""The server's heart: applies configs as the real ServerCore does, with its order of steps and its traps."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Generic, TypeVar

from .config import (
    ConfigKind,
    Model,
    ServerConfig,
    check_models,
    check_platforms_known,
    check_platforms_unchanged,
)
from .crash import CrashError
from .labels import Labels, assign
from .manager import Manager, Servable
from .source import DirectorySource
from .states import Event, Pause, State, StateMonitor, block
from .status import Code, StatusError, invalid, not_found, precondition

S = TypeVar("S", bound=Servable)

log = logging.getLogger("stand_in.core")


class CustomConfigError(CrashError):
    """The stock server dies of a custom_model_config on the spot."""


class ServerCore(Generic[S]):
    """Holds the current config, its labels, and the models they name.

    `connect` is called once, with the first real config: from then on directories are polled.
    """

    def __init__(
        self,
        manager: Manager[S],
        source: DirectorySource,
        *,
        connect: Callable[[], None],
        allow_labels_for_unavailable: bool,
        pause: Pause = block,
    ) -> None:
        self._manager = manager
        self._source = source
        self._connect = connect
        self._allow_labels = allow_labels_for_unavailable
        self._pause = pause
        self._monitor = StateMonitor(pause)
        self._config_lock = threading.Lock()
        self._config = ServerConfig()
        self._labels: Labels = {}
        self._connected = False
        manager.events.listen(self._monitor)

    def reload(self, config: ServerConfig) -> None:
        """Make this the current config and wait, without a timeout, for models that are new in it.

        Raises StatusError. The config is stored before labels and platforms are looked at, and nothing is undone when
        those fail; a second caller waits for the first (both tensorflow/serving#2189).
        """
        with self._config_lock:
            if self._config.kind is not ConfigKind.NOT_SET and config.kind is not self._config.kind:
                raise precondition(
                    "Cannot transition to requested config. It is only legal to transition from one ModelConfigList "
                    "to another."
                )
            if config.kind is ConfigKind.NOT_SET:
                log.info("Taking no action for empty config.")
                return
            if config.kind is ConfigKind.CUSTOM:
                raise CustomConfigError("ModelServer does not yet support custom model config.")
            check_models(config.models)
            check_platforms_unchanged(self._config.models, config.models)
            self._config = config
            self._labels = self._new_labels(config.models)
            self._apply(config.models)

    def _new_labels(self, models: Iterable[Model]) -> Labels:
        return assign(models, self._labels, self._monitor.available, allow_unavailable=self._allow_labels)

    def _apply(self, models: tuple[Model, ...]) -> None:
        log.info("Adding/updating models.")
        for model in models:
            log.info(" (Re-)adding model: %s", model.name)
        check_platforms_known(models)
        if self._connected:
            self._apply_later(models)
        else:
            self._apply_first(models)
        if any(model.logged for model in models):
            raise invalid("No request-logger-creator provided.")
        log.info("Finished adding/updating models")

    def _apply_first(self, models: tuple[Model, ...]) -> None:
        self._source.replace(models)
        self._connected = True
        self._connect()
        _check_available(self._monitor.wait_settled(model.name for model in models), "servable(s)")

    def _apply_later(self, models: tuple[Model, ...]) -> None:
        # A monitor of its own, so that the END of an earlier life of a re-added model is not taken for its outcome.
        fresh = StateMonitor(self._pause)
        self._manager.events.listen(fresh)
        try:
            new = {model.name for model in models} - self._source.names
            self._source.replace(models)
            _check_available(fresh.wait_settled(new), "model(s)")
        finally:
            self._manager.events.dismiss(fresh)

    def versions(self, name: str, version: int | None) -> Mapping[int, Event]:
        """The states of a model's versions, largest first, or of the one named.

        Raises NOT_FOUND only for what was never seen: unloaded and failed versions answer with END.
        """
        known = self._monitor.versions(name)
        if version is not None and version not in known:
            raise not_found(f"Could not find version {version} of model {name}")
        if not known:
            raise not_found(f"Could not find any versions of model {name}")
        return known if version is None else {version: known[version]}

    def version_for_label(self, name: str, label: str) -> int:
        """The version a label stands for, whether it is loaded or not."""
        try:
            return self._labels[name][label]
        except KeyError:
            raise invalid(f"Unrecognized servable version label: {label}") from None

    @contextmanager
    def borrow(self, name: str, version: int | None = None, label: str | None = None) -> Iterator[tuple[int, S]]:
        """Lend the servable a request names: by version, by label, or the largest that is loaded."""
        if not name:
            raise invalid("ModelSpec has no model name specified.")
        if label is not None:
            version = self.version_for_label(name, label)
        with self._manager.borrow(name, version) as lent:
            yield lent


def _check_available(settled: Iterable[Event], what: str) -> None:
    failed = [event for event in settled if event.state is not State.AVAILABLE]
    if failed:
        shown = ", ".join(f"{{name: {event.name} version: {event.version}}}: {event.error}" for event in failed)
        raise StatusError(Code.UNKNOWN, f"{len(failed)} {what} did not become available: {{{shown}}}")
