"""What interrupted uploads left: found, and cleaned without harm to whoever is at work."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.tfserving.stores import MODELS, keys, put_version, saved_model
from tfserving.errors import TfServingError
from tfserving.model_store import clean, leftovers, publish
from tfserving.model_store.leftovers import CleanError
from tfserving.model_store.publishing import PublishError
from tfserving.model_store.reservation import give_up, new_reservation, read_reservation, reserve

NOW = timedelta(0)


def begin(client: Any, version: int, digest: str = "f" * 64) -> None:
    """Leave what a publisher leaves that dies after one file."""
    reserve(client, MODELS, "digits", version, new_reservation(digest, "ada@desk"))
    client.put_object(Bucket=MODELS, Key=f"models/digits/{version}/saved_model.pb", Body=b"half")


def test_what_is_no_version_is_found_with_its_size_and_holder(s3: Any) -> None:
    put_version(s3, "digits", 1)
    begin(s3, 2)
    s3.put_object(Bucket=MODELS, Key="models/words/7/saved_model.pb", Body=b"x" * 9)
    found = list(leftovers(s3, MODELS))
    assert [(left.model, left.version, left.size) for left in found] == [("digits", 2, 4), ("words", 7, 9)]
    assert found[0].reservation is not None
    assert found[0].reservation.publisher == "ada@desk"
    assert found[1].reservation is None
    assert [left.version for left in leftovers(s3, MODELS, "digits")] == [2]


def test_cleaning_removes_the_files_and_keeps_the_number_for_its_content(s3: Any, tmp_path: Path) -> None:
    begin(s3, 2)
    assert clean(s3, MODELS, "digits", 2, NOW).size == 4
    assert keys(s3, MODELS) == ["models/digits/2/reservation.json"]
    assert not list(leftovers(s3, MODELS))
    folder = saved_model(tmp_path)
    with pytest.raises(PublishError, match=r"digits/2: was begun with another content.*given up\. Publish as 3\."):
        publish(s3, MODELS, "digits", 2, folder)
    assert publish(s3, MODELS, "digits", None, folder) == 3


def test_what_nobody_reserved_is_cleaned_without_a_trace(s3: Any) -> None:
    s3.put_object(Bucket=MODELS, Key="models/digits/2/saved_model.pb", Body=b"x")
    clean(s3, MODELS, "digits", 2, NOW)
    assert keys(s3, MODELS) == []


def test_an_upload_that_may_still_run_is_left_alone(s3: Any) -> None:
    begin(s3, 2)
    with pytest.raises(CleanError, match=r"digits/2: was written to at 20.* may still be uploaded"):
        clean(s3, MODELS, "digits", 2)
    assert len(keys(s3, MODELS)) == 2


@pytest.mark.parametrize(("version", "complaint"), [(1, "is complete"), (9, "has nothing in the store")])
def test_only_what_is_there_and_no_version_is_cleaned(s3: Any, version: int, complaint: str) -> None:
    put_version(s3, "digits", 1)
    before = keys(s3, MODELS)
    with pytest.raises(CleanError, match=f"digits/{version}: {complaint}"):
        clean(s3, MODELS, "digits", version, NOW)
    assert keys(s3, MODELS) == before


def test_a_reservation_that_changed_is_not_given_up(s3: Any) -> None:
    held = reserve(s3, MODELS, "digits", 2, new_reservation("a" * 64, "ada"))
    give_up(s3, MODELS, "digits", 2, held)
    with pytest.raises(TfServingError, match="digits/2 is being published right now"):
        give_up(s3, MODELS, "digits", 2, held)


def test_a_publisher_that_was_taken_for_dead_still_publishes_a_whole_version(s3: Any, tmp_path: Path) -> None:
    cleaned: list[int] = []

    def meanwhile(done: int, total: int) -> None:
        if done == total and not cleaned:
            cleaned.append(clean(s3, MODELS, "digits", 1, NOW).version)

    folder = saved_model(tmp_path)
    publish(s3, MODELS, "digits", 1, folder, meanwhile)
    assert cleaned == [1]
    there = {key.removeprefix("models/digits/1/") for key in keys(s3, MODELS)}
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} <= there
    held = read_reservation(s3, MODELS, "digits", 1)
    assert held is None or held.reservation.given_up
