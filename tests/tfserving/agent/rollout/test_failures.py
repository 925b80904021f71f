"""Pauses between tries."""

from tfserving.agent.rollout import Failures

VERSION = ("a", 1)


def pause_after(failures: int) -> float:
    """Give the seconds until the next try after so many failures."""
    known = Failures()
    for _ in range(failures):
        known.note(VERSION, "broken", 0.0)
    return known.known[VERSION].retry_at


def test_pauses_double_up_to_a_quarter_of_an_hour() -> None:
    assert [pause_after(count) for count in (1, 2, 3, 7, 8, 2000)] == [15, 30, 60, 900, 900, 900]


def test_a_version_waits_until_its_next_try_is_due() -> None:
    failures = Failures()
    failures.note(VERSION, "broken", 100.0)
    assert failures.waiting(114.9) == {VERSION}
    assert failures.waiting(115.0) == frozenset()
    assert failures.known[VERSION].words == "broken"


def test_what_is_no_longer_wanted_is_forgotten() -> None:
    failures = Failures()
    failures.note(VERSION, "broken", 0.0)
    failures.keep([])
    assert failures.known == {}
