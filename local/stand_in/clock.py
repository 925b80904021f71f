"""Elapsed time, in the unit the server's metrics use."""

import time


class Stopwatch:
    """Runs from its making."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def microseconds(self) -> float:
        """Time since the start."""
        return (time.perf_counter() - self._start) * 1e6
