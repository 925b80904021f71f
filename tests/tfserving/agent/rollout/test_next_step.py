"""What the server is told next, as arithmetic."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tfserving.agent.rollout import Facts, Offer, Offers, ServerState, next_offers, removable, serving

SILENT = ServerState()


def offer(*versions: int, **labels: int) -> Offer:
    """Offer versions and labels."""
    return Offer(frozenset(versions), labels)


def says(*available: int, failed: Sequence[int] = (), **labels: int) -> ServerState:
    """Let the server say which versions of `a` are AVAILABLE, which failed, and where labels lead."""
    states = {("a", version): "AVAILABLE" for version in available} | {("a", version): "END" for version in failed}
    errors = {("a", version): "broken" for version in failed}
    return ServerState(True, states, errors, {("a", label): version for label, version in labels.items()})


def follows(told: Offer) -> ServerState:
    """Let the server have done as it was told."""
    states = {("a", version): "AVAILABLE" for version in told.versions}
    return ServerState(True, states, {}, {("a", label): version for label, version in told.labels.items()})


def facts(wanted: Offer | None, told: Offer | None, server: ServerState = SILENT, **more: Any) -> Facts:
    """Make facts of the model `a`, whose versions 1 to 4 are on disk."""
    known: dict[str, Any] = {"on_disk": {("a", version) for version in range(1, 5)}, **more}
    wants = {} if wanted is None else {"a": wanted}
    return Facts(wanted=wants, told=None if told is None else {"a": told}, server=server, **known)


def step(*arguments: Any, **more: Any) -> Offer | None:
    """Give what is told next of the model `a`."""
    offers = next_offers(facts(*arguments, **more))
    return None if offers is None else offers.get("a", offer())


def story(wanted: Offer, told: Offer, server: ServerState) -> list[Offer]:
    """Take steps, with a server that follows each, until nothing changes."""
    steps = []
    while (after := step(wanted, told, server)) != told:
        assert after is not None
        steps.append(after)
        told, server = after, follows(after)
    return steps


def test_a_new_version_is_added_before_its_label_moves_and_the_old_one_goes_last() -> None:
    assert story(offer(2, live=2), offer(1, live=1), says(1, live=1)) == [
        offer(1, 2, live=1),
        offer(1, 2, live=2),
        offer(2, live=2),
    ]


def test_a_promotion_moves_one_label_and_takes_the_other_back() -> None:
    assert story(offer(1, 2, live=2), offer(1, 2, live=1, test=2), says(1, 2, live=1, test=2)) == [offer(1, 2, live=2)]


def test_a_rollback_is_a_single_step() -> None:
    assert story(offer(1, 2, live=1), offer(1, 2, live=2), says(1, 2, live=2)) == [offer(1, 2, live=1)]


def test_the_first_state_is_told_whole_or_not_at_all() -> None:
    assert step(offer(1, 9), None) is None
    assert step(offer(1, 2, live=1), None) == offer(1, 2, live=1)
    assert step(offer(), None) is None


def test_a_version_that_is_not_on_disk_is_not_offered_and_holds_up_no_other() -> None:
    assert step(offer(1, 2, 9), offer(1), says(1)) == offer(1, 2)


@pytest.mark.parametrize("server", [says(1, live=1), says(1, failed=[2], live=1)], ids=["loading", "failed"])
def test_the_old_version_keeps_its_label_until_the_new_one_is_available(server: ServerState) -> None:
    assert step(offer(2, live=2), offer(1, 2, live=1), server) == offer(1, 2, live=1)


def test_a_version_that_failed_is_taken_out_until_its_next_try() -> None:
    told, server = offer(1, 2, live=1), says(1, failed=[2], live=1)
    assert step(offer(2, live=2), told, server, held={("a", 2)}) == offer(1, live=1)
    assert step(offer(2, live=2), offer(1, live=1), server) == offer(1, 2, live=1)


def test_an_old_version_that_the_server_could_not_load_is_not_kept() -> None:
    assert step(offer(2), offer(1, 2), says(failed=[1])) == offer(2)


def test_a_label_that_still_leads_to_an_old_version_keeps_it() -> None:
    assert step(offer(2, live=2), offer(1, 2, live=2), says(1, 2, live=1)) == offer(1, 2, live=2)


def test_a_new_label_waits_for_its_version() -> None:
    assert step(offer(1, 2, test=2), offer(1, 2), says(1)) == offer(1, 2)
    assert step(offer(1, 2, test=2), offer(1, 2), says(1, 2)) == offer(1, 2, test=2)


def test_a_model_of_which_the_store_has_nothing_keeps_what_it_serves() -> None:
    assert step(offer(), offer(1, live=1), says(1, live=1)) == offer(1)


def test_a_model_that_is_no_longer_wanted_goes_once_the_others_are_complete() -> None:
    told: Offers = {"a": offer(1, live=1), "b": offer(1)}
    server = ServerState(True, {("a", 1): "AVAILABLE", ("b", 1): "AVAILABLE"}, {}, {("a", "live"): 1})
    waiting = Facts(wanted={"b": offer(2)}, told=told, on_disk={("a", 1), ("b", 1), ("b", 2)}, server=server)
    assert next_offers(waiting) == {"a": offer(1, live=1), "b": offer(1, 2)}
    done = Facts(wanted={"b": offer(1)}, told=told, on_disk={("a", 1), ("b", 1)}, server=server)
    assert next_offers(done) == {"b": offer(1)}


class TestASilentServer:
    """It may be starting, and ends if a model does not load."""

    PROVEN: Mapping[str, Any] = {"proven": {("a", 1)}}

    def test_is_offered_only_what_it_has_loaded_before(self) -> None:
        assert step(offer(1, 2, live=2), offer(1, 2, live=1), **self.PROVEN) == offer(1, live=1)

    def test_is_left_its_first_state_while_nothing_is_proven(self) -> None:
        assert step(offer(1, live=1), offer(1, live=1)) == offer(1, live=1)

    def test_is_offered_nothing_once_it_has_been_silent_for_too_long(self) -> None:
        assert step(offer(1), offer(1), patient=False, **self.PROVEN) == offer()

    def test_is_given_nothing_new(self) -> None:
        assert step(offer(1, 3), offer(1), proven={("a", 1), ("a", 3)}) == offer(1)


def test_serving_asks_for_what_was_served_before_and_not_for_what_is_still_loading() -> None:
    told, proven = offer(1, 2, live=1), {("a", 1)}
    assert serving(facts(offer(2), told, says(1, live=1), proven=proven))
    assert not serving(facts(offer(2), told, says(2, live=1), proven=proven))
    assert not serving(facts(offer(2), told, says(1), proven=proven))
    assert not serving(facts(offer(2), told, says(1, live=1)))
    assert not serving(facts(offer(2), told, proven=proven))


@pytest.mark.parametrize(("state", "gone"), [("UNLOADING", False), ("AVAILABLE", False), ("END", True), (None, True)])
def test_files_leave_only_after_the_server_has_let_them_go(state: str | None, gone: bool) -> None:
    states = {("a", 2): "AVAILABLE"} | ({("a", 1): state} if state else {})
    found = removable(facts(offer(2), offer(2), ServerState(True, states), on_disk={("a", 1), ("a", 2)}))
    assert found == ({("a", 1)} if gone else set())


def test_nothing_is_removed_while_the_server_is_silent() -> None:
    assert removable(facts(offer(2), offer(2))) == set()
