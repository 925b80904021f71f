"""Results come in order, and what is under way stays within its budget."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfserving.model_store.pipeline import MOST_AHEAD, in_order


@given(st.lists(st.integers(0, 20)), st.integers(1, 40))
def test_results_come_in_order_and_within_the_budget(weights: list[int], budget: int) -> None:
    begun: list[int] = []
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(len(weights)):
            begun.append(number)
            yield number

    with ThreadPoolExecutor(4) as workers:
        for result in in_order(workers, lambda number: number * 2, items(), lambda number: weights[number], budget):
            # The newest item waits outside until there is room for it.
            inside = [weights[number] for number in begun[len(taken) :]]
            assert sum(inside[:-1]) <= max(budget, *inside)
            taken.append(result)
    assert taken == [number * 2 for number in range(len(weights))]


def test_a_failure_is_raised_and_the_rest_not_begun() -> None:
    begun: list[int] = []

    def task(number: int) -> int:
        begun.append(number)
        if number == 3:
            raise ValueError("three")
        time.sleep(0.001)
        return number

    with ThreadPoolExecutor(1) as workers, pytest.raises(ValueError, match="three"):
        list(in_order(workers, task, range(1000), lambda _: 1, 1000))
    assert len(begun) < MOST_AHEAD


def test_a_slow_first_item_does_not_hold_up_those_behind_it() -> None:
    others = threading.Event()

    def task(number: int) -> bool:
        if number == 5:
            others.set()
        return number > 0 or others.wait(10)

    with ThreadPoolExecutor(2) as workers:
        assert all(in_order(workers, task, range(6), lambda _: 1, 100))
