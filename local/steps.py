"""Steps that say what they do and how long it took."""

import contextlib
import time
from collections.abc import Iterator

from rich.console import Console


class Steps:
    """Prints a heading before each step and its duration after it."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Run a step; if it fails, its heading is the last that stands."""
        self._console.print(f"[bold]{title}[/]")
        began = time.monotonic()
        yield
        self._console.print(f"  [dim]{time.monotonic() - began:.1f} s[/]")

    def say(self, line: str) -> None:
        """Print a line of a step, as it is."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)
