"""Says what is done and how long it took."""

import contextlib
import sys
import time
from collections.abc import Iterator


def say(line: str) -> None:
    """Print one line at once, also into a pipe."""
    print(line, flush=True)


def warn(line: str) -> None:
    """Print one line where errors go."""
    print(line, file=sys.stderr, flush=True)


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Announce a step and, when it is done, its duration."""
    say(f"{title} ...")
    began = time.monotonic()
    yield
    say(f"  done in {time.monotonic() - began:.1f} s")


class Heartbeat:
    """A sign of life now and then, for what takes long."""

    def __init__(self, doing: str, every: float = 10) -> None:
        self._doing, self._every = doing, every
        self._began = self._last = time.monotonic()

    def beat(self, detail: str = "") -> None:
        """Print a line if the last one is long ago."""
        now = time.monotonic()
        if now - self._last >= self._every:
            self._last = now
            say(f"  {self._doing}, {now - self._began:.0f} s so far{detail}")
