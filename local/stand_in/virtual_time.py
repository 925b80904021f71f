"""Time that passes only when it is told to, for code that sleeps and waits in threads of its own.

Of all threads only one runs at a time, and each gets its turn at a moment of this clock, so a run has no races: the
same calls give the same result.
"""

import heapq
import itertools
import threading
from collections.abc import Callable
from typing import Final

Work = Callable[[], object]
WAIT_SECONDS: Final = 0.1
"""How often somebody who waits for an event looks again."""


class StoppedError(BaseException):
    """Raised within a task that is stopped; no `Exception`, so that nothing takes it for a failure of its work."""


class Task:
    """Work that may sleep: a thread that goes on only while the clock gives it its turn."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._turn = threading.Semaphore(0)
        self._back = threading.Semaphore(0)
        self._stopped = False
        self._error: BaseException | None = None
        self.done = False
        threading.Thread(target=self._run, daemon=True).start()

    def go_on(self) -> None:
        """Run until the work sleeps or ends; raises what it raised."""
        if self.done:
            return
        self._turn.release()
        self._back.acquire()
        if self._error is not None:
            raise self._error

    def give_back(self) -> None:
        """Called by the work itself: wait for the next turn."""
        self._back.release()
        self._take_turn()

    def stop(self) -> None:
        """End the work where it sleeps."""
        self._stopped = True
        self.go_on()

    def _take_turn(self) -> None:
        self._turn.acquire()
        if self._stopped:
            raise StoppedError

    def _run(self) -> None:
        try:
            self._take_turn()
            self._work()
        except StoppedError:
            pass
        except BaseException as error:
            self._error = error
        self.done = True
        self._back.release()


class VirtualTime:
    """A clock in seconds, with what is to happen when."""

    def __init__(self) -> None:
        self.now = 0.0
        self._order = itertools.count()
        self._coming: list[tuple[float, int, Work]] = []
        self._running: Task | None = None

    def later(self, seconds: float, work: Work) -> None:
        """Have something done that does not sleep."""
        heapq.heappush(self._coming, (self.now + seconds, next(self._order), work))

    def every(self, seconds: float, work: Work, *, while_: Callable[[], bool]) -> None:
        """Do something now and again and again, as long as a condition holds."""

        def again() -> None:
            if while_():
                work()
                self.later(seconds, again)

        self.later(0, again)

    def spawn(self, work: Work) -> Task:
        """Have something done that may sleep, beginning at this moment."""
        task = Task(work)
        self.later(0, lambda: self._resume(task))
        return task

    def sleep(self, seconds: float) -> None:
        """Called within a task: let time pass."""
        task = self._running
        if task is None:
            raise RuntimeError("Only a task can sleep.")
        self.later(seconds, lambda: self._resume(task))
        task.give_back()

    def pause(self, condition: threading.Condition) -> None:
        """Called within a task, with the condition held: let others change what it guards."""
        condition.release()
        try:
            self.sleep(WAIT_SECONDS)
        finally:
            condition.acquire()

    def advance(self, seconds: float) -> None:
        """Let time pass, and everything happen that falls into it; raises what a task raised."""
        end = self.now + seconds
        while self._coming and self._coming[0][0] <= end:
            moment, _, work = heapq.heappop(self._coming)
            self.now = max(self.now, moment)
            work()
        self.now = end

    def _resume(self, task: Task) -> None:
        before, self._running = self._running, task
        try:
            task.go_on()
        finally:
            self._running = before
