"""Work that workers do side by side, and whose results are wanted in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import Final, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# Enough to keep every worker busy while the oldest of them is slow, and few enough to stop soon after a failure.
MOST_AHEAD: Final = 128


def in_order(
    workers: Executor,
    task: Callable[[Item], Result],
    items: Iterable[Item],
    weight: Callable[[Item], int],
    budget: int,
) -> Iterator[Result]:
    """Give what `task` makes of each item, in the order of the items, with several under way at once.

    Items under way, and results not taken yet, weigh at most `budget` together, unless a single one weighs more. What a
    task raises is raised here, and nothing is begun after it.
    """
    ahead: deque[tuple[int, Future[Result]]] = deque()
    heavy = 0
    try:
        for item in items:
            weighs = weight(item)
            while ahead and (heavy + weighs > budget or len(ahead) >= MOST_AHEAD):
                yield ahead[0][1].result()
                heavy -= ahead.popleft()[0]
            ahead.append((weighs, workers.submit(task, item)))
            heavy += weighs
        while ahead:
            yield ahead[0][1].result()
            ahead.popleft()
    finally:
        for _, future in ahead:
            future.cancel()
