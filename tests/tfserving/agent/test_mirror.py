"""Versions come to the disk whole or not at all."""

from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest

from tests.tfserving.stores import FILES, MODELS, put_version
from tfserving.agent import disk, mirror
from tfserving.agent.mirror import Mirror, MirrorError

Usage = namedtuple("Usage", "total used free")


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
