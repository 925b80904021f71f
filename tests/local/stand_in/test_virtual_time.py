import pytest

from local.stand_in.virtual_time import VirtualTime


def test_tasks_take_turns_in_the_order_of_time() -> None:
    time = VirtualTime()
    seen: list[tuple[str, float]] = []

    def walker(name: str, step: float) -> None:
        for _ in range(2):
            time.sleep(step)
            seen.append((name, time.now))

    time.spawn(lambda: walker("slow", 3))
    time.spawn(lambda: walker("fast", 2))
    time.advance(4)
    assert seen == [("fast", 2), ("slow", 3), ("fast", 4)]
    time.advance(100)
    assert seen[-1] == ("slow", 6)
    assert time.now == 104


def test_what_a_task_raises_is_raised_where_time_passes() -> None:
    time = VirtualTime()

    def fail() -> None:
        time.sleep(1)
        raise ValueError("in the task")

    time.spawn(fail)
    time.advance(0.5)
    with pytest.raises(ValueError, match="in the task"):
        time.advance(1)


def test_a_stopped_task_ends_where_it_sleeps() -> None:
    time = VirtualTime()
    seen: list[str] = []

    def work() -> None:
        try:
            time.sleep(10)
        finally:
            seen.append("cleared up")
        seen.append("went on")

    task = time.spawn(work)
    time.advance(1)
    task.stop()
    time.advance(20)
    assert (seen, task.done) == (["cleared up"], True)


def test_a_repetition_ends_with_its_condition() -> None:
    time = VirtualTime()
    seen: list[float] = []
    time.every(10, lambda: seen.append(time.now), while_=lambda: len(seen) < 3)
    time.advance(100)
    assert seen == [0, 10, 20]


def test_only_a_task_can_sleep() -> None:
    with pytest.raises(RuntimeError):
        VirtualTime().sleep(1)
