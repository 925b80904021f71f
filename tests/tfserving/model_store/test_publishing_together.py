"""Publishers beside each other, and publishers that die: who has a number, and what becomes of its bytes."""

import contextlib
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.tfserving import saved_models
from tests.tfserving.stores import FILES, MODELS, WEIGHTS, keys, manifest_of, saved_model
from tfserving.model_store import Facts, publish, read_manifest
from tfserving.model_store.leftovers import leftovers
from tfserving.model_store.publishing import PublishError
from tfserving.model_store.reservation import new_reservation, read_reservation, reserve

OTHER = WEIGHTS.upper()
OTHER_FILES = {
    **FILES,
    "variables/variables.index": saved_models.index({"weights": OTHER}),
    "variables/variables.data-00000-of-00001": OTHER,
}


class Died(BaseException):
    """A process that ended."""


@dataclass
class Book:
    """A ledger in memory."""

    states: dict[tuple[str, int], tuple[str, str]] = field(default_factory=dict)
    step: Callable[[], None] = lambda: None

    def reserve(self, model: str, version: int, facts: Facts) -> bool:
        self.step()
        kept = self.states.setdefault((model, version), ("reserved", facts.digest))
        return kept[1] == facts.digest

    def uploaded(self, model: str, version: int, facts: Facts) -> None:
        self.step()
        self.states[model, version] = ("files", facts.digest)

    def complete(self, model: str, version: int, facts: Facts) -> None:
        self.step()
        self.states[model, version] = ("complete", facts.digest)


@dataclass
class Death:
    """Raises at a chosen call of AWS, and at every one after it; `after` lets that one call through first."""

    at: int
    after: bool
    calls: int = 0
    alive: bool = True
    lock: threading.Lock = field(default_factory=threading.Lock)

    def before(self, **_: Any) -> None:
        with self.lock:
            self.calls += 1
            self.alive = self.alive and not (self.calls == self.at and not self.after)
            if not self.alive:
                raise Died
            self.alive = not (self.calls == self.at and self.after)


def content_of(client: Any, version: int) -> dict[str, bytes]:
    prefix = f"models/digits/{version}/"
    return {
        key.removeprefix(prefix): client.get_object(Bucket=MODELS, Key=key)["Body"].read()
        for key in keys(client, MODELS)
        if key.startswith(prefix) and not key.endswith(("/manifest.json", "/reservation.json"))
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return saved_model(tmp_path / "ours")


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return saved_model(tmp_path / "others", OTHER_FILES)


def calls_of_one_run(client: Any, folder: Path) -> int:
    death = Death(at=0, after=False)
    client.meta.events.register_first("before-call.s3", death.before, unique_id="death")
    book = Book(step=death.before)
    publish(client, MODELS, "counted", 1, folder, ledger=book)
    client.meta.events.unregister("before-call.s3", unique_id="death")
    return death.calls


@pytest.mark.parametrize("version", [1, None])
@pytest.mark.parametrize("after", [False, True])
def test_whenever_a_publisher_dies_the_same_command_finishes_its_version(
    s3: Any, folder: Path, other: Path, version: int | None, after: bool
) -> None:
    for at in range(1, calls_of_one_run(s3, folder) + 1):
        model, book, death = f"digits-{at}", Book(), Death(at, after)
        s3.meta.events.register_first("before-call.s3", death.before, unique_id="death")
        book.step = death.before
        # The last request may go through before the end.
        with contextlib.suppress(Died):
            publish(s3, MODELS, model, version, folder, ledger=book)
        s3.meta.events.unregister("before-call.s3", unique_id="death")
        book.step = lambda: None
        first = read_manifest(s3, MODELS, model, version or 0)
        held = read_reservation(s3, MODELS, model, version or 0)
        if first is None or held:
            assert publish(s3, MODELS, model, version, folder, ledger=book) == (version or 0)
        assert read_manifest(s3, MODELS, model, version or 0) == manifest_of()
        assert book.states[model, version or 0][0] == "complete"
        assert not list(leftovers(s3, MODELS, model))
        assert read_reservation(s3, MODELS, model, version or 0) is None
        assert publish(s3, MODELS, model, None, other) == (version or 0) + 1


def test_of_two_contents_at_once_one_is_refused_and_no_byte_of_the_other_is_touched(
    s3: Any, folder: Path, other: Path
) -> None:
    refused: list[str] = []

    def meanwhile(done: int, total: int) -> None:
        if done and not refused:
            with pytest.raises(PublishError) as told:
                publish(s3, MODELS, "digits", 1, other)
            refused.append(str(told.value))

    publish(s3, MODELS, "digits", 1, folder, meanwhile, publisher="ada@desk")
    assert "digits/1: is reserved for another content, since 20" in refused[0]
    assert "by ada@desk" in refused[0]
    assert refused[0].endswith("Publish as 2.")
    assert content_of(s3, 1) == FILES
    versions = s3.list_object_versions(Bucket=MODELS)["Versions"]
    assert len([v for v in versions if not v["Key"].endswith("reservation.json")]) == len(FILES) + 1


def test_many_publishers_without_a_number_never_share_one(s3: Any, tmp_path: Path) -> None:
    folders = []
    for number in range(6):
        weights = bytes([65 + number]) * len(WEIGHTS)
        index = saved_models.index({"weights": weights})
        files = {"variables/variables.index": index, "variables/variables.data-00000-of-00001": weights}
        folders.append(saved_model(tmp_path / str(number), {**FILES, **files}))
    with ThreadPoolExecutor(6) as workers:
        versions = list(workers.map(lambda folder: publish(s3, MODELS, "digits", None, folder), folders))
    assert sorted(versions) == list(range(6))
    for version, folder in zip(versions, folders, strict=True):
        weights = (folder / "variables/variables.data-00000-of-00001").read_bytes()
        assert content_of(s3, version)["variables/variables.data-00000-of-00001"] == weights


def test_a_publisher_that_wakes_up_after_its_version_was_finished_changes_nothing(s3: Any, folder: Path) -> None:
    finished: list[int] = []

    def asleep(done: int, total: int) -> None:
        if done and not finished:
            finished.append(1)
            publish(s3, MODELS, "digits", 1, folder)

    with pytest.raises(PublishError, match="published by somebody else at the same time"):
        publish(s3, MODELS, "digits", 1, folder, asleep)
    assert content_of(s3, 1) == FILES
    versions = [v["Key"] for v in s3.list_object_versions(Bucket=MODELS)["Versions"]]
    assert len(versions) == len(set(versions))


def test_another_content_takes_the_next_number_past_an_interrupted_one(s3: Any, folder: Path, other: Path) -> None:
    reserve(s3, MODELS, "digits", 7, new_reservation("f" * 64, "ada@desk"))
    assert publish(s3, MODELS, "digits", None, folder) == 8
    with pytest.raises(PublishError, match=r"digits/7: is reserved for another content.*Publish as 9\."):
        publish(s3, MODELS, "digits", 7, other)


def test_a_reservation_that_cannot_be_read_is_somebody_elses(s3: Any, folder: Path) -> None:
    s3.put_object(Bucket=MODELS, Key="models/digits/7/reservation.json", Body=b"{")
    with pytest.raises(PublishError, match="is reserved for another content"):
        publish(s3, MODELS, "digits", 7, folder)


def test_a_version_that_the_ledger_gave_to_another_content_is_refused(s3: Any, folder: Path) -> None:
    book = Book({("digits", 1): ("complete", "f" * 64)})
    with pytest.raises(PublishError, match="is in the store already"):
        publish(s3, MODELS, "digits", 1, folder, ledger=book)
    assert keys(s3, MODELS) == []


def test_a_model_that_other_tools_put_there_is_not_removed(s3: Any, folder: Path) -> None:
    for path, content in OTHER_FILES.items():
        s3.put_object(Bucket=MODELS, Key=f"models/digits/1/{path}", Body=content)
    with pytest.raises(PublishError, match=r"holds another SavedModel already.*`tfs adopt digits 1` makes a version"):
        publish(s3, MODELS, "digits", 1, folder)
    assert content_of(s3, 1) == OTHER_FILES
    assert read_reservation(s3, MODELS, "digits", 1) is None


def test_what_is_there_already_is_not_sent_again(s3: Any, folder: Path) -> None:
    for path, content in list(FILES.items())[:2]:
        s3.put_object(Bucket=MODELS, Key=f"models/digits/1/{path}", Body=content)
    sent: list[str] = []
    s3.meta.events.register("before-call.s3.PutObject", lambda params, **_: sent.append(params["url_path"]))
    publish(s3, MODELS, "digits", 1, folder)
    assert len(sent) == len(FILES) - 2 + 2
    assert content_of(s3, 1) == FILES


def test_a_file_in_parts_arrives_whole_and_is_never_written_over(
    s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    big = bytes(range(256)) * (18 << 12)
    folder = saved_model(tmp_path, {**FILES, "assets.extra/big": big})
    publish(s3, MODELS, "digits", 1, folder)
    assert content_of(s3, 1)["assets.extra/big"] == big
    s3.delete_object(Bucket=MODELS, Key="models/digits/1/manifest.json")
    s3.put_object(Bucket=MODELS, Key="models/digits/2/assets.extra/big", Body=big)
    publish(s3, MODELS, "digits", 2, folder)
    assert content_of(s3, 2)["assets.extra/big"] == big
    assert not s3.list_multipart_uploads(Bucket=MODELS).get("Uploads")


def test_a_reservation_says_whose_it_is(s3: Any, folder: Path) -> None:
    seen: list[dict[str, Any]] = []

    def look(done: int, total: int) -> None:
        body = s3.get_object(Bucket=MODELS, Key="models/digits/1/reservation.json")["Body"].read()
        seen.append(json.loads(body))

    publish(s3, MODELS, "digits", 1, folder, look, publisher="ada@desk")
    assert {entry["publisher"] for entry in seen} == {"ada@desk"}
    assert {len(entry["digest"]) for entry in seen} == {64}


@pytest.mark.parametrize("name", ["reservation.json", "saved_model.pb", "manifest.json"])
def test_a_write_that_s3_refuses_beside_another_one_is_repeated(s3: Any, folder: Path, name: str) -> None:
    refused: list[str] = []

    def conflict(params: Any, **_: Any) -> None:
        if params["url_path"].endswith(name) and not refused:
            refused.append(name)
            details: Any = {"Error": {"Code": "ConditionalRequestConflict", "Message": "at the same time"}}
            raise ClientError(details, "PutObject")

    s3.meta.events.register_first("before-call.s3.PutObject", conflict)
    publish(s3, MODELS, "digits", 1, folder)
    assert refused == [name]
    assert content_of(s3, 1) == FILES


def test_a_manifest_whose_answer_was_lost_is_known_for_its_own(s3: Any, folder: Path) -> None:
    lost: list[int] = []

    def lose(parsed: Any, http_response: Any, model: Any, **_: Any) -> None:
        # As the SDK sees it that sends the write again.
        if len(keys(s3, MODELS)) == len(FILES) + 2 and not lost:
            lost.append(1)
            parsed["Error"] = {"Code": "PreconditionFailed", "Message": "is there"}
            raise ClientError(parsed, "PutObject")

    s3.meta.events.register("after-call.s3.PutObject", lose)
    assert publish(s3, MODELS, "digits", 1, folder) == 1
    assert lost
