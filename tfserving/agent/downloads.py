"""Downloads beside the loop, so that a large model holds up no other."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future
from typing import Any, Final

from tfserving.agent.failures import explain
from tfserving.agent.log import log
from tfserving.agent.metrics import Metrics
from tfserving.agent.rollout import Failures, Version
from tfserving.model_store.manifest import Manifest

# Each uses several connections itself; one more model at a time is what keeps a small one from waiting.
WORKERS: Final = 3


class Inline(Executor):
    """Runs what it is given at once, in the caller's thread."""

    def submit(self, task: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run it; the result, or what it raised, is in the future."""
        done: Future[Any] = Future()
        try:
            done.set_result(task(*args, **kwargs))
        except Exception as error:
            done.set_exception(error)
        return done


class Downloads:
    """Fetches wanted versions, several at a time; what failed is tried again after a pause.

    `fetch` brings one version to the disk. Only the caller's thread changes anything here.
    """

    def __init__(
        self,
        fetch: Callable[[str, int], Manifest],
        executor: Executor,
        metrics: Metrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._executor = executor
        self._metrics = metrics
        self._clock = clock
        self._running: dict[Version, tuple[float, Future[Manifest]]] = {}
        self.failures = Failures()

    @property
    def running(self) -> frozenset[Version]:
        """Give the versions that are being fetched."""
        return frozenset(self._running)

    def start(self, versions: Iterable[Version]) -> None:
        """Fetch these, but for those that are under way, or failed a moment ago."""
        waiting = self.failures.waiting(self._clock())
        for version in sorted(set(versions) - self.running - waiting):
            self._running[version] = (self._clock(), self._executor.submit(self._fetch, *version))

    def gather(self) -> None:
        """Take in what has ended."""
        for version, (began, future) in list(self._running.items()):
            if not future.done():
                continue
            del self._running[version]
            if error := future.exception():
                self._failed(version, error)
            else:
                self._arrived(version, future.result(), self._clock() - began)

    def _failed(self, version: Version, error: BaseException) -> None:
        message = explain(error)
        before = self.failures.known.get(version)
        if before is None or before.words != message:
            log("failed", model=version[0], version=version[1], error=message)
        self._metrics.failures.labels(step="download").inc()
        self.failures.note(version, message, self._clock())

    def _arrived(self, version: Version, manifest: Manifest, seconds: float) -> None:
        self._metrics.download_seconds.inc(max(0.0, seconds))
        self.failures.forget(version)
        log("on disk", model=version[0], version=version[1], bytes=manifest.size, seconds=f"{seconds:.1f}")
