"""Adopting: a version of what another tool put into the store."""

from typing import Any

import pytest

from tests.tfserving.stores import FILES, MODELS, WEIGHTS, keys, manifest_of
from tfserving.model_store import AdoptError, adopt, read_manifest
from tfserving.model_store.reservation import new_reservation, reserve


def sync(client: Any, version: int, files: Any = FILES, **checksum: str) -> None:
    """Put files into the store as `aws s3 sync` does."""
    for path, content in files.items():
        client.put_object(Bucket=MODELS, Key=f"models/digits/{version}/{path}", Body=content, **checksum)


@pytest.mark.parametrize("checksum", [{}, {"ChecksumAlgorithm": "SHA256"}, {"ChecksumAlgorithm": "CRC32"}])
def test_what_was_synced_becomes_a_version(s3: Any, checksum: dict[str, str]) -> None:
    sync(s3, 3, **checksum)
    told: list[tuple[int, int]] = []
    manifest = adopt(s3, MODELS, "digits", 3, lambda done, total: told.append((done, total)))
    assert manifest == manifest_of() == read_manifest(s3, MODELS, "digits", 3)
    assert set(keys(s3, MODELS)) == {f"models/digits/3/{path}" for path in (*FILES, "manifest.json")}
    assert told[-1] == (manifest.size, manifest.size)


def test_objects_whose_checksum_s3_has_are_not_read(s3: Any) -> None:
    sync(s3, 3, ChecksumAlgorithm="SHA256")
    read: list[str] = []
    s3.meta.events.register("before-call.s3.GetObject", lambda params, **_: read.append(params["url_path"]))
    adopt(s3, MODELS, "digits", 3)
    assert not any("data-00000" in path for path in read)


def test_adopting_again_changes_nothing(s3: Any) -> None:
    sync(s3, 3)
    adopt(s3, MODELS, "digits", 3)
    before = s3.head_object(Bucket=MODELS, Key="models/digits/3/manifest.json")["VersionId"]
    adopt(s3, MODELS, "digits", 3)
    assert s3.head_object(Bucket=MODELS, Key="models/digits/3/manifest.json")["VersionId"] == before


def test_a_version_whose_files_are_not_its_manifests_is_refused(s3: Any) -> None:
    sync(s3, 3)
    adopt(s3, MODELS, "digits", 3)
    s3.put_object(Bucket=MODELS, Key="models/digits/3/assets/more.txt", Body=b"x")
    with pytest.raises(AdoptError, match="digits/3: is a version already"):
        adopt(s3, MODELS, "digits", 3)


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ({}, r"s3://models-bucket/models/digits/3/: has no files"),
        ({"digits/saved_model.pb": b"x"}, r"has no saved_model\.pb"),
        ({**FILES, "saved_model.pb": b"{}"}, r"s3://models-bucket/models/digits/3/saved_model\.pb: is no"),
        (
            {path: content for path, content in FILES.items() if "index" not in path},
            r"s3://models-bucket/models/digits/3/: has variables but no variables/variables\.index",
        ),
        ({**FILES, "variables/variables.data-00000-of-00001": WEIGHTS[:-1]}, "the copy was cut off"),
        ({**FILES, "assets/a\\b": b""}, r"has the file 'assets/a\\\\b', whose name no disk can hold"),
    ],
)
def test_what_servers_could_not_load_is_refused_by_its_address(s3: Any, files: Any, complaint: str) -> None:
    sync(s3, 3, files)
    before = keys(s3, MODELS)
    with pytest.raises(AdoptError, match=complaint):
        adopt(s3, MODELS, "digits", 3)
    assert keys(s3, MODELS) == before


def test_a_consoles_folder_objects_are_no_files(s3: Any) -> None:
    sync(s3, 3)
    for folder in ("", "variables/"):
        s3.put_object(Bucket=MODELS, Key=f"models/digits/3/{folder}", Body=b"")
    assert adopt(s3, MODELS, "digits", 3) == manifest_of()


def test_a_version_that_is_being_published_is_refused(s3: Any) -> None:
    sync(s3, 3)
    reserve(s3, MODELS, "digits", 3, new_reservation("f" * 64, "ada@desk"))
    with pytest.raises(AdoptError, match=r"digits/3: is being published, since 20.* by ada@desk"):
        adopt(s3, MODELS, "digits", 3)


def test_a_file_that_changes_meanwhile_makes_no_version(s3: Any) -> None:
    sync(s3, 3)

    def meanwhile(done: int, total: int) -> None:
        if done == total:
            s3.put_object(Bucket=MODELS, Key="models/digits/3/assets/words.txt", Body=b"new")

    with pytest.raises(AdoptError, match=r"was written to while it was adopted: 'assets/words.txt'"):
        adopt(s3, MODELS, "digits", 3, meanwhile)
    assert read_manifest(s3, MODELS, "digits", 3) is None


def test_names_that_are_none_are_told_at_once(s3: Any) -> None:
    with pytest.raises(AdoptError, match=r"(?s)'2024' cannot be.*-1 is below 0.*is not a bucket's plain name"):
        adopt(s3, "s3://models-bucket", "2024", -1)
