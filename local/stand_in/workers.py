"""Who carries out loads and unloads: the manager's own thread, or a pool that can be exchanged."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


class Workers:
    """Runs tasks in a number of threads, or in the caller's if that number is 0."""

    def __init__(self, threads: int) -> None:
        self._lock = threading.Lock()
        self._pool = _pool(threads)

    def __call__(self, task: Callable[[], None]) -> None:
        """Run or schedule one task."""
        with self._lock:
            pool = self._pool
            if pool is not None:
                pool.submit(task)
                return
        task()

    def resize(self, threads: int) -> None:
        """Go on with another number of threads, once everything scheduled so far, retries and all, has finished."""
        with self._lock:
            if self._pool is not None:
                self._pool.shutdown(wait=True)
            self._pool = _pool(threads)


def _pool(threads: int) -> ThreadPoolExecutor | None:
    return ThreadPoolExecutor(threads, thread_name_prefix="loads") if threads else None
