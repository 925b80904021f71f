import threading
from pathlib import Path

import pytest

from local.stand_in.config import ConfigKind, Model, ServerConfig
from local.stand_in.core import CustomConfigError
from local.stand_in.states import block
from local.stand_in.status import Code, StatusError
from tests.local.stand_in.world import StuckError, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_boot_waits_for_every_model(world: World) -> None:
    world.add("a", 1)
    world.add("b", 4)
    world.reload(world.model("a"), world.model("b"))
    assert (world.answers("a"), world.answers("b")) == (1, 4)


def test_boot_waits_for_ever_for_a_missing_base_path(world: World) -> None:
    with pytest.raises(StuckError):
        world.reload(world.model("m"))


def test_boot_waits_for_ever_for_a_model_without_numbered_children(world: World) -> None:
    world.add("m", "v1")
    with pytest.raises(StuckError):
        world.reload(world.model("m"))


def test_boot_fails_if_one_model_does_not_load(world: World) -> None:
    world.add("good", 1)
    world.add("bad", 1)
    world.broken.add("bad:1")
    with pytest.raises(StatusError, match=r"1 servable\(s\) did not become available") as failed:
        world.reload(world.model("good"), world.model("bad"))
    assert failed.value.code is Code.UNKNOWN
    assert "name: bad version: 1" in failed.value.message


def test_boot_is_content_with_one_version_of_each_model(world: World) -> None:
    world.add("m", 1, 2)
    world.broken.add("m:1")
    world.reload(world.model("m", 1, 2))
    assert world.states("m") == {2: "AVAILABLE", 1: "END"}


def test_a_config_of_blanks_boots_and_may_be_filled_later(world: World) -> None:
    world.core.reload(ServerConfig())
    world.add("m", 1)
    world.reload(world.model("m"))
    assert world.answers("m") == 1


def test_a_config_of_blanks_is_refused_after_a_real_one(world: World) -> None:
    world.reload()
    with pytest.raises(StatusError) as refused:
        world.core.reload(ServerConfig())
    assert refused.value.code is Code.FAILED_PRECONDITION


def test_a_custom_config_kills_the_server(world: World) -> None:
    with pytest.raises(CustomConfigError):
        world.core.reload(ServerConfig(kind=ConfigKind.CUSTOM))


def test_a_model_left_out_of_the_next_config_is_unloaded(world: World) -> None:
    world.add("a", 1)
    world.add("b", 1)
    world.reload(world.model("a"), world.model("b"))
    world.reload(world.model("b"))
    assert world.states("a") == {1: "END"}
    assert world.states("b") == {1: "AVAILABLE"}


def test_an_empty_list_unloads_everything(world: World) -> None:
    world.add("m", 1)
    world.reload(world.model("m"))
    world.reload()
    assert world.states("m") == {1: "END"}


def test_a_model_that_comes_back_is_waited_for_though_it_once_ended(world: World) -> None:
    world.add("m", 1)
    world.reload(world.model("m"))
    world.reload()
    world.reload(world.model("m"))
    assert world.answers("m") == 1


def test_nothing_of_a_config_with_a_duplicate_is_applied(world: World) -> None:
    world.add("m", 1)
    world.reload(world.model("m"))
    with pytest.raises(StatusError, match="multiple times"):
        world.reload(world.model("m"), world.model("m"))
    assert world.answers("m") == 1


def test_a_change_of_policy_does_not_wait(world: World) -> None:
    world.add("m", 1)
    world.reload(world.model("m"))
    # Version 9 is not there: a reload that waited for it would not come back.
    world.core.reload(ServerConfig(kind=ConfigKind.MODELS, models=(world.model("m", 9),)))
    assert 9 not in world.states("m")


def test_a_new_model_without_base_path_holds_up_every_reload_until_it_comes(tmp_path: Path) -> None:
    world = World(tmp_path, pause=block)
    world.reload()
    first = threading.Thread(target=world.reload, args=[world.model("new")])
    mend = threading.Thread(target=world.reload, args=[world.model("other")])
    first.start()
    while "new" not in world.source.names:
        pass
    mend.start()
    mend.join(0.05)
    world.settle()
    assert first.is_alive()
    assert mend.is_alive()
    world.add("new", 1)
    world.add("other", 1)
    while first.is_alive() or mend.is_alive():
        world.step()
    assert world.answers("other") == 1


def test_a_stored_entry_without_platform_fails_every_later_reload(world: World) -> None:
    world.add("m", 1)
    world.reload(world.model("m"))
    bad = Model(name="x", base_path=str(world.folder / "x"), platform="")
    with pytest.raises(StatusError, match="neither"):
        world.reload(world.model("m"), bad)
    with pytest.raises(StatusError, match="neither"):
        world.reload(world.model("m"))
    assert world.answers("m") == 1


def test_a_mistyped_platform_is_healed_by_leaving_the_model_out_first(world: World) -> None:
    world.add("m", 1)
    world.reload()
    typo = Model(name="m", base_path=str(world.folder / "m"), platform="tensorfow")
    with pytest.raises(StatusError, match="unsupported platform"):
        world.reload(typo)
    with pytest.raises(StatusError, match="change a model's platform"):
        world.reload(world.model("m"))
    world.reload()
    world.reload(world.model("m"))
    assert world.answers("m") == 1


def test_a_logging_config_is_refused(world: World) -> None:
    world.add("m", 1)
    logged = Model(name="m", base_path=str(world.folder / "m"), logged=True)
    with pytest.raises(StatusError, match="No request-logger-creator provided"):
        world.reload(logged)


def test_status_knows_unloaded_versions_but_not_those_never_seen(world: World) -> None:
    world.add("m", 1)
    world.reload(world.model("m"))
    world.reload()
    assert world.states("m") == {1: "END"}
    with pytest.raises(StatusError, match="Could not find version 2 of model m"):
        world.core.versions("m", 2)
    with pytest.raises(StatusError, match="Could not find any versions of model x"):
        world.core.versions("x", None)


def test_a_request_without_a_name_is_refused(world: World) -> None:
    with pytest.raises(StatusError, match="no model name"):
        world.answers("")
