from pathlib import Path

import pytest

from local.stand_in.status import Code, StatusError
from tests.local.stand_in.world import World


@pytest.fixture
def strict(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.add("m", 1, 2)
    return world


@pytest.fixture
def lenient(tmp_path: Path) -> World:
    world = World(tmp_path, allow_labels=True)
    world.add("m", 1, 2)
    return world


def test_boot_with_any_label_fails_without_the_flag(strict: World) -> None:
    with pytest.raises(StatusError, match="not currently available for inference") as refused:
        strict.reload(strict.model("m", 1, stable=1))
    assert refused.value.code is Code.FAILED_PRECONDITION
    assert strict.journal == []


def test_boot_with_labels_passes_with_the_flag(lenient: World) -> None:
    lenient.reload(lenient.model("m", 1, stable=1))
    assert lenient.answers("m", label="stable") == 1


def test_a_label_on_an_available_version_needs_no_flag(strict: World) -> None:
    strict.reload(strict.model("m", 1))
    strict.reload(strict.model("m", 1, stable=1))
    assert strict.answers("m", label="stable") == 1


def test_one_bad_label_keeps_the_whole_file_out(strict: World) -> None:
    strict.reload(strict.model("m", 1))
    strict.add("other", 1)
    with pytest.raises(StatusError):
        strict.reload(strict.model("m", 1, 2, canary=2), strict.model("other"))
    strict.settle()
    assert strict.journal == ["load m:1"]


def test_a_new_label_may_name_an_unavailable_version_with_the_flag(lenient: World) -> None:
    lenient.reload(lenient.model("m", 1))
    lenient.reload(lenient.model("m", 1, 2, canary=2))
    assert lenient.answers("m", label="canary") == 2


def test_a_label_may_not_move_to_an_unavailable_version_even_with_the_flag(lenient: World) -> None:
    lenient.reload(lenient.model("m", 1, stable=1))
    with pytest.raises(StatusError, match="Request to assign label to version 2 of model m,"):
        lenient.reload(lenient.model("m", 1, 2, stable=2))
    assert lenient.states("m") == {1: "AVAILABLE"}


def test_promotion_takes_two_pushes(lenient: World) -> None:
    lenient.reload(lenient.model("m", 1, stable=1))
    lenient.reload(lenient.model("m", 1, 2, stable=1))
    lenient.reload(lenient.model("m", 1, 2, stable=2))
    assert lenient.answers("m", label="stable") == 2


def test_a_labelled_version_that_goes_away_blocks_every_reload_without_the_flag(strict: World) -> None:
    strict.reload(strict.model("m", 1, 2))
    strict.reload(strict.model("m", 1, 2, stable=1))
    (strict.folder / "m" / "1").rmdir()
    strict.settle()
    with pytest.raises(StatusError, match="not currently available"):
        strict.reload(strict.model("m", 1, 2, stable=1))


def test_a_label_on_an_unloaded_version_is_not_found(lenient: World) -> None:
    lenient.reload(lenient.model("m", 1, 2, old=1))
    lenient.reload(lenient.model("m", 2, old=1))
    with pytest.raises(StatusError) as refused:
        lenient.answers("m", label="old")
    assert refused.value.code is Code.NOT_FOUND


def test_an_unknown_label_is_an_invalid_argument(lenient: World) -> None:
    lenient.reload(lenient.model("m", 1))
    with pytest.raises(StatusError, match="Unrecognized servable version label: nope") as refused:
        lenient.answers("m", label="nope")
    assert refused.value.code is Code.INVALID_ARGUMENT


def test_a_label_taken_out_is_forgotten(lenient: World) -> None:
    lenient.reload(lenient.model("m", 1, stable=1))
    lenient.reload(lenient.model("m", 1))
    with pytest.raises(StatusError, match="Unrecognized"):
        lenient.answers("m", label="stable")
