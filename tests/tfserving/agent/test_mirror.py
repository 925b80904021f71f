"""Versions come to the disk whole or not at all."""

import json
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from tests.tfserving.stores import FILES, MODELS, put_version
from tfserving.agent import disk, mirror
from tfserving.agent.mirror import Mirror, MirrorError

Usage = namedtuple("Usage", "total used free")


def render(*paths: str) -> str:
    """Write a manifest with these paths by hand."""
    files = [{"path": path, "size": 1, "sha256": "a" * 64} for path in paths]
    return json.dumps({"format": 1, "files": files})


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def test_a_version_arrives_with_every_file_and_its_manifest(s3: Any, models: Path) -> None:
    put_version(s3, "digits", 1)
    counted: list[int] = []
    manifest = Mirror(s3, MODELS, models, counted.append).fetch("digits", 1)
    assert {path: (models / "digits/1" / path).read_bytes() for path in FILES} == dict(FILES)
    assert disk.complete_versions(models, "digits") == [1]
    assert sum(counted) == manifest.size


def test_an_incomplete_version_is_not_fetched(s3: Any, models: Path) -> None:
    s3.put_object(Bucket=MODELS, Key="models/digits/1/saved_model.pb", Body=b"x")
    with pytest.raises(MirrorError, match=r"digits/1 is not complete in the store.*Publish it with `tfs publish`\."):
        Mirror(s3, MODELS, models).fetch("digits", 1)
    assert not models.exists()


@pytest.mark.parametrize("content", [b"graph and more", b"grap", b"other"])
def test_a_file_that_was_changed_in_the_store_is_refused(s3: Any, models: Path, content: bytes) -> None:
    put_version(s3, "digits", 1)
    s3.put_object(Bucket=MODELS, Key="models/digits/1/saved_model.pb", Body=content)
    with pytest.raises(MirrorError, match="is not what was published"):
        Mirror(s3, MODELS, models).fetch("digits", 1)
    assert not (models / "digits/1").exists()
    assert disk.complete_versions(models, "digits") == []


def test_a_file_that_is_gone_from_the_store_is_named(s3: Any, models: Path) -> None:
    put_version(s3, "digits", 1)
    s3.delete_object(Bucket=MODELS, Key="models/digits/1/assets/words.txt")
    with pytest.raises(MirrorError, match=r"words\.txt is missing, though its version's manifest lists it"):
        Mirror(s3, MODELS, models).fetch("digits", 1)


def test_a_version_larger_than_the_disk_is_refused_before_anything_is_downloaded(
    s3: Any, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_version(s3, "digits", 1)
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(0, 0, mirror.SPARE_BYTES + 100))
    counted: list[int] = []
    with pytest.raises(MirrorError, match=r"the disk has only 256 MiB left\. Raise tfserving:diskSizeGib\."):
        Mirror(s3, MODELS, models, counted.append).fetch("digits", 1)
    assert counted == []


def test_what_a_killed_download_left_is_replaced(s3: Any, models: Path) -> None:
    put_version(s3, "digits", 1)
    partial = models / "digits/.1.partial"
    (partial / "variables").mkdir(parents=True)
    (partial / "saved_model.pb").write_bytes(b"half")
    Mirror(s3, MODELS, models).fetch("digits", 1)
    assert not partial.exists()
    assert (models / "digits/1/saved_model.pb").read_bytes() == FILES["saved_model.pb"]


def test_a_broken_version_on_disk_is_replaced(s3: Any, models: Path) -> None:
    put_version(s3, "digits", 1)
    fetched = Mirror(s3, MODELS, models)
    fetched.fetch("digits", 1)
    (models / "digits/1/saved_model.pb").write_bytes(b"")
    assert disk.complete_versions(models, "digits") == []
    fetched.fetch("digits", 1)
    assert disk.complete_versions(models, "digits") == [1]


def test_the_version_has_no_number_until_it_is_complete(s3: Any, models: Path) -> None:
    put_version(s3, "digits", 1)
    seen: list[list[str]] = []

    def look(_: int) -> None:
        seen.append(sorted(path.name for path in (models / "digits").iterdir()))

    Mirror(s3, MODELS, models, look).fetch("digits", 1)
    assert seen
    assert all(names == [".1.partial"] for names in seen)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("[" * 100_000, id="many levels"),
        '{"format": true, "files": []}',
        '{"format": 1.0, "files": []}',
        '{"format": 1, "format": 1, "files": []}',
        render("saved_model.pb", "a", "a"),
        render("saved_model.pb", "a", "a/b"),
        render("saved_model.pb", "x" * 300),
        render("saved_model.pb", "\ud800"),
        render("saved_model.pb", "a\0b"),
        render("saved_model.pb", "manifest.json/x"),
    ],
)
def test_a_manifest_that_cannot_be_trusted_is_refused_before_anything_is_written(
    s3: Any, models: Path, content: str
) -> None:
    put_version(s3, "digits", 1)
    s3.put_object(Bucket=MODELS, Key="models/digits/1/manifest.json", Body=content.encode())
    with pytest.raises(MirrorError, match=r"s3://models-bucket/models/digits/1/manifest\.json: "):
        Mirror(s3, MODELS, models).fetch("digits", 1)
    assert not models.exists()


@pytest.mark.parametrize("path", ["saved_model.pb", "assets/words.txt"])
def test_a_download_that_failed_leaves_nothing_behind(s3: Any, models: Path, path: str) -> None:
    put_version(s3, "digits", 1)
    s3.put_object(Bucket=MODELS, Key=f"models/digits/1/{path}", Body=b"other")
    with pytest.raises(MirrorError):
        Mirror(s3, MODELS, models).fetch("digits", 1)
    assert list((models / "digits").iterdir()) == []


def test_a_disk_that_refuses_a_file_is_told_with_its_place(
    s3: Any, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_version(s3, "digits", 1)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(MirrorError, match=r"digits/1 cannot be written to .*models: No space left on device\."):
        Mirror(s3, MODELS, models).fetch("digits", 1)
    assert list((models / "digits").iterdir()) == []


@pytest.mark.parametrize("failure", [ReadTimeoutError(endpoint_url="https://s3"), ConnectionResetError(104, "reset")])
def test_a_connection_that_fails_is_not_taken_for_the_disk(s3: Any, models: Path, failure: Exception) -> None:
    put_version(s3, "digits", 1)

    def fail(**_: Any) -> None:
        raise failure

    s3.meta.events.register("before-call.s3.GetObject", fail)
    with pytest.raises(type(failure)):
        Mirror(s3, MODELS, models).fetch("digits", 1)


def test_a_model_in_text_form_is_brought_as_any_other(s3: Any, models: Path) -> None:
    put_version(s3, "digits", 1, {"saved_model.pbtxt": b"meta_graphs {}"})
    Mirror(s3, MODELS, models).fetch("digits", 1)
    assert disk.complete_versions(models, "digits") == [1]
