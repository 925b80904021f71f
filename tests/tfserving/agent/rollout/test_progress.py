"""How far a version has come, in a word and a sentence."""

from typing import Any

import pytest

from tfserving.agent.rollout import Facts, Offer, Progress, ServerState, progress_of

VERSION = ("digits", 2)
WANTED = {"digits": Offer(frozenset({2}), {"live": 2})}
TOLD = {"digits": Offer(frozenset({2}))}
SILENT = ServerState()
LOADED = ServerState(True, {VERSION: "AVAILABLE"})


@pytest.mark.parametrize(
    ("told", "on_disk", "server", "state"),
    [
        (None, False, SILENT, "wanted"),
        (None, True, SILENT, "on disk"),
        ({}, True, ServerState(True), "on disk"),
        (TOLD, True, SILENT, "offered"),
        (TOLD, True, ServerState(True, {VERSION: "LOADING"}), "offered"),
        (TOLD, True, ServerState(True, {VERSION: "END"}, {VERSION: "broken"}), "failed"),
        (TOLD, True, LOADED, "AVAILABLE"),
        (TOLD, True, ServerState(True, {VERSION: "AVAILABLE"}, {}, {("digits", "live"): 1}), "AVAILABLE"),
        (TOLD, True, ServerState(True, {VERSION: "AVAILABLE"}, {}, {("digits", "live"): 2}), "labelled"),
    ],
)
def test_the_state_of_a_version_follows_from_disk_config_and_server(
    told: Any, on_disk: bool, server: ServerState, state: str
) -> None:
    facts = Facts(wanted=WANTED, told=told, on_disk={VERSION} if on_disk else set(), server=server)
    progress = progress_of(VERSION, facts, downloading=(), failed=False)
    assert progress.state == state
    assert bool(progress.waits_for) == (state != "labelled")


def test_a_version_without_labels_is_done_when_it_is_available() -> None:
    facts = Facts(wanted=TOLD, told=TOLD, on_disk={VERSION}, server=LOADED)
    assert progress_of(VERSION, facts, downloading=(), failed=False) == Progress("AVAILABLE")


def test_a_version_that_is_told_but_no_longer_wanted_is_retiring() -> None:
    facts = Facts(wanted={}, told=TOLD, on_disk={VERSION}, server=LOADED)
    assert progress_of(VERSION, facts, downloading=(), failed=False).state == "retiring"


def test_a_missing_label_is_named() -> None:
    facts = Facts(wanted=WANTED, told=TOLD, on_disk={VERSION}, server=LOADED)
    assert progress_of(VERSION, facts, downloading=(), failed=False).waits_for == "the label 'live' to lead to it"
