import threading
from pathlib import Path

import pytest

from local.stand_in.status import Code, StatusError
from tests.local.stand_in.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_latest_loads_the_new_version_before_it_unloads_the_old(world: World) -> None:
    world.add("m", 1)
    world.reload(world.model("m"))
    world.add("m", 2)
    world.settle()
    assert world.journal == ["load m:1", "load m:2", "unload m:1"]
    assert world.states("m") == {2: "AVAILABLE", 1: "END"}


def test_specific_unloads_the_unwanted_before_it_loads_the_new(world: World) -> None:
    world.add("m", 1, 2, 3)
    world.reload(world.model("m", 1, 2))
    world.journal.clear()
    world.reload(world.model("m", 2, 3))
    assert world.journal == ["unload m:1", "load m:3"]


def test_a_swap_of_one_specific_version_for_another_keeps_the_old_until_the_new_is_ready(world: World) -> None:
    world.add("m", 1, 2)
    world.reload(world.model("m", 1))
    world.reload(world.model("m", 2))
    assert world.journal == ["load m:1", "load m:2", "unload m:1"]


def test_unloads_go_before_loads_of_other_models(world: World) -> None:
    world.add("old", 1)
    world.reload(world.model("old"))
    world.add("new", 1)
    world.journal.clear()
    world.reload(world.model("new"))
    assert world.journal == ["unload old:1", "load new:1"]


def test_files_changed_under_a_loaded_version_are_not_noticed(world: World) -> None:
    world.add("m", 1)
    world.reload(world.model("m"))
    (world.folder / "m" / "1" / "saved_model.pb").write_text("other")
    world.settle()
    assert world.journal == ["load m:1"]


def test_an_emptied_base_path_unloads_every_version(world: World) -> None:
    world.add("m", 1)
    world.reload(world.model("m"))
    (world.folder / "m" / "1").rmdir()
    world.settle()
    assert world.states("m") == {1: "END"}
    with pytest.raises(StatusError, match=r"Servable not found for request: Latest\(m\)"):
        world.answers("m")


def test_a_vanished_base_path_changes_nothing(world: World) -> None:
    world.add("m", 1)
    world.reload(world.model("m"))
    (world.folder / "m").rename(world.folder / "gone")
    world.settle()
    assert world.answers("m") == 1


def test_a_version_that_fails_ends_with_its_error_while_the_old_serves_on(world: World) -> None:
    world.add("m", 1)
    world.reload(world.model("m"))
    world.broken.add("m:2")
    world.add("m", 2)
    world.settle()
    assert world.states("m") == {2: "END", 1: "AVAILABLE"}
    assert "Could not find SavedModel" in world.error("m", 2)
    assert world.answers("m") == 1


def test_a_failed_version_is_not_tried_again_though_it_has_been_mended(world: World) -> None:
    world.add("m", 1)
    world.reload(world.model("m"))
    world.broken.add("m:2")
    world.add("m", 2)
    world.settle()
    world.broken.clear()
    world.settle()
    assert world.journal.count("load m:2") == 1


def test_a_failed_version_is_tried_again_once_it_was_gone_for_a_poll(world: World) -> None:
    world.add("m", 1, 2)
    world.broken.add("m:2")
    world.reload(world.model("m", 1))
    world.reload(world.model("m", 1, 2))
    world.broken.clear()
    (world.folder / "m" / "2").rename(world.folder / "m" / "2.away")
    world.settle()
    (world.folder / "m" / "2.away").rename(world.folder / "m" / "2")
    world.settle()
    assert world.states("m") == {2: "AVAILABLE", 1: "AVAILABLE"}


def test_a_version_given_up_for_one_that_fails_serves_on_but_cannot_be_wanted_again(world: World) -> None:
    # A set with a version that is loaded but no longer wanted waits until that has left, and it cannot leave before
    # another wanted version serves (aspired_versions_manager.cc, ContainsAnyReaspiredVersions).
    world.add("m", 1, 2, 3)
    world.broken.add("m:2")
    world.reload(world.model("m", 1))
    world.reload(world.model("m", 2))
    world.reload(world.model("m", 1, 3))
    assert world.answers("m") == 1
    assert "load m:3" not in world.journal
    world.reload(world.model("m", 3))
    assert world.states("m") == {3: "AVAILABLE", 2: "END", 1: "END"}


def test_a_load_is_retried_as_often_as_the_flag_says(tmp_path: Path) -> None:
    world = World(tmp_path, retries=2)
    world.broken.add("m:1")
    world.add("m", 1)
    with pytest.raises(StatusError):
        world.reload(world.model("m"))
    assert world.journal == ["load m:1", "sleep 60", "load m:1", "sleep 60", "load m:1"]


def test_a_copy_that_ends_between_two_tries_heals_the_load(tmp_path: Path) -> None:
    world = World(tmp_path, retries=5)
    world.broken.add("m:1")
    world.during_sleep = world.broken.clear
    world.add("m", 1)
    world.reload(world.model("m"))
    assert world.journal == ["load m:1", "sleep 60", "load m:1"]
    assert world.states("m") == {1: "AVAILABLE"}


def test_retries_in_the_managers_thread_go_on_for_a_version_nobody_wants(tmp_path: Path) -> None:
    world = World(tmp_path, retries=2)
    world.add("m", 1, 2)
    world.reload(world.model("m", 1))
    world.broken.add("m:2")
    # The manager's thread is the one that sleeps: it cannot look at what is wanted now.
    world.during_sleep = lambda: world.source.replace([world.model("m", 1)])
    world.reload(world.model("m", 1, 2))
    assert world.journal.count("load m:2") == 3


def test_retries_in_a_pool_end_once_nobody_wants_the_version(tmp_path: Path) -> None:
    world = World(tmp_path, retries=5, pooled=True)
    world.add("m", 1, 2)
    world.reload(world.model("m", 1))
    world.broken.add("m:2")

    def withdraw() -> None:
        world.reload(world.model("m", 1))
        world.step()

    world.during_sleep = withdraw
    world.reload(world.model("m", 1, 2))
    assert world.journal == ["load m:1", "load m:2", "sleep 60", "load m:2"]


def test_a_version_wanted_again_while_it_is_leaving_comes_back_after_it_has_left(world: World) -> None:
    world.add("m", 1, 2)
    world.reload(world.model("m", 1, 2))
    world.reload(world.model("m", 2))
    world.reload(world.model("m", 1, 2))
    assert world.states("m") == {2: "AVAILABLE", 1: "AVAILABLE"}
    assert world.journal[2:] == ["unload m:1", "load m:1"]


def test_an_unload_waits_for_the_requests_in_flight(world: World) -> None:
    world.add("m", 1)
    world.reload(world.model("m"))
    with world.core.borrow("m"):
        world.manager.aspire("m", {})
        unloading = threading.Thread(target=world.manager.tick)
        unloading.start()
        while world.states("m") != {1: "UNLOADING"}:
            pass
        with pytest.raises(StatusError):
            world.answers("m")
        assert world.journal == ["load m:1"]
    unloading.join(10)
    assert world.journal == ["load m:1", "unload m:1"]


def test_an_unexpected_exception_of_a_loader_is_a_failed_load(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(*_: object) -> None:
        raise MemoryError("too big")

    world.add("m", 1)
    monkeypatch.setattr(world.manager, "loader", explode)
    with pytest.raises(StatusError) as failed:
        world.reload(world.model("m"))
    assert failed.value.code is Code.UNKNOWN
    assert "too big" in failed.value.message
