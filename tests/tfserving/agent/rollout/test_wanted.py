"""What has to happen next, as arithmetic."""

import pytest

from tfserving.agent import rollout
from tfserving.agent.rollout import ServerState
from tfserving.server_configs import parse_models

VERSION = ("digits", 2)
PUBLISHED = [1, 2, 10]


def wanted(policy: str) -> tuple[int, ...]:
    """Resolve a policy."""
    text = f'model_config_list {{ config {{ name: "digits" {policy} }} }}'
    return rollout.wanted_versions(parse_models(text, "x"), lambda _: PUBLISHED)["digits"]


@pytest.mark.parametrize(
    ("policy", "versions"),
    [
        ("model_version_policy { specific { versions: 2 versions: 1 versions: 2 } }", (1, 2)),
        ("model_version_policy { all {} }", (1, 2, 10)),
        ("model_version_policy { latest { num_versions: 2 } }", (2, 10)),
        ("model_version_policy { latest {} }", (10,)),
        ("", (10,)),
    ],
)
def test_policies_resolve_to_versions(policy: str, versions: tuple[int, ...]) -> None:
    assert wanted(policy) == versions


def test_the_config_waits_for_the_last_download() -> None:
    assert not rollout.plan([("a", 1), ("a", 2)], {("a", 1)}).write_config
    assert rollout.plan([("a", 1), ("a", 2)], {("a", 1)}).download == (("a", 2),)
    assert rollout.plan([("a", 1)], {("a", 1), ("a", 9)}).write_config


@pytest.mark.parametrize(
    ("on_disk", "offered", "server", "state"),
    [
        (False, False, ServerState(), "wanted"),
        (True, False, ServerState(), "on disk"),
        (True, True, ServerState(), "offered"),
        (True, True, ServerState(True, {VERSION: "LOADING"}), "offered"),
        (True, True, ServerState(True, {VERSION: "END"}, {VERSION: "broken"}), "failed"),
        (True, True, ServerState(True, {VERSION: "AVAILABLE"}), "AVAILABLE"),
        (True, True, ServerState(True, {VERSION: "AVAILABLE"}, {}, {("digits", "live"): 1}), "AVAILABLE"),
        (True, True, ServerState(True, {VERSION: "AVAILABLE"}, {}, {("digits", "live"): 2}), "labelled"),
    ],
)
def test_the_state_of_a_version_follows_from_disk_config_and_server(
    on_disk: bool, offered: bool, server: ServerState, state: str
) -> None:
    assert rollout.state_of(VERSION, on_disk=on_disk, offered=offered, labels=["live"], server=server) == state


def test_a_version_without_labels_is_done_when_it_is_available() -> None:
    server = ServerState(True, {VERSION: "AVAILABLE"})
    assert rollout.state_of(VERSION, on_disk=True, offered=True, labels=[], server=server) == "AVAILABLE"
