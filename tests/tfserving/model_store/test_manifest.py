"""Manifests: what is written is what is read, and nothing hostile is."""

import contextlib
import json
import string
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tfserving.stores import manifest_of
from tfserving.model_store import FileEntry, Manifest, manifest, parse_manifest, render_manifest
from tfserving.model_store.manifest import MAX_FILES, ManifestError

SHA256 = "a" * 64
parts = st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=8)
paths = st.lists(parts, min_size=1, max_size=3).map("/".join).filter(lambda path: path != "saved_model.pb")
hashes = st.binary(min_size=32, max_size=32).map(bytes.hex)
entries = st.builds(FileEntry, paths, st.integers(0, 2**50), hashes)
graph = st.builds(FileEntry, st.just("saved_model.pb"), st.integers(0, 2**50), hashes)


def text(*files: Any, **other: Any) -> str:
    """Write a manifest by hand."""
    return json.dumps({"format": 1, "files": list(files), **other})


def described(path: object, size: object = 1, sha256: object = SHA256) -> dict[str, object]:
    """Describe a file by hand."""
    return {"path": path, "size": size, "sha256": sha256}


def no_folder_of_another(files: list[FileEntry]) -> bool:
    """Tell whether a disk can hold these files side by side."""
    names = [file.path for file in files]
    return not any(other.startswith(f"{name}/") for name in names for other in [*names, "saved_model.pb"])


@given(graph, st.lists(entries, max_size=5, unique_by=lambda entry: entry.path).filter(no_folder_of_another))
def test_what_is_rendered_is_parsed_back(first: FileEntry, others: list[FileEntry]) -> None:
    manifest = Manifest(tuple(sorted([first, *others])))
    assert parse_manifest(render_manifest(manifest), "here") == manifest


@given(st.text() | st.binary())
def test_text_that_is_no_manifest_is_refused_with_where_it_lies(content: str | bytes) -> None:
    with pytest.raises(ManifestError, match="s3://bucket/key"):
        parse_manifest(content, "s3://bucket/key")


@pytest.mark.parametrize(
    "path",
    [
        *("../x", "/etc/passwd", "a/../../x", "a//b", "./a", "a/.", "", "a\\b", "a\0b", "manifest.json", "a/", 7, None),
        *("manifest.json/a", "\ud800", "a\nb", "a\x7fb", "x" * 256, "ä" * 128, "a/" * 512 + "a", True, ["a"]),
    ],
)
def test_a_path_that_would_leave_the_folder_is_refused(path: object) -> None:
    with pytest.raises(ManifestError, match="not a path below the version's folder"):
        parse_manifest(text(described("saved_model.pb"), described(path)), "here")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("[]", "not a manifest of format 1"),
        (text(format=2), "not a manifest of format 1"),
        (text(), "does not name saved_model.pb"),
        (text(described("saved_model.pb"), described("saved_model.pb")), "names a file twice"),
        (text(described("saved_model.pb", size=-1)), "no number of bytes"),
        (text(described("saved_model.pb", size=True)), "no number of bytes"),
        (text(described("saved_model.pb", size=1.0)), "no number of bytes"),
        (text(described("saved_model.pb", size=2**63)), "no number of bytes"),
        (text(described("saved_model.pb", size="1")), "no number of bytes"),
        (text(described("saved_model.pb", size=2**63 - 1), described("a")), "lists 9223372036854775808 bytes in all"),
        (text(format=True), "its format is True"),
        (text(format=1.0), "its format is 1.0"),
        ('{"format": 1e0, "files": []}', "its format is 1.0"),
        ('{"format": "1", "files": []}', "its format is '1'"),
        ('{"format": NaN, "files": []}', "is not JSON: it has NaN"),
        ('{"format": 1, "files": [], "x": -Infinity}', "is not JSON: it has -Infinity"),
        ('{"format": 1, "format": 1, "files": []}', "it has a key twice among"),
        ('{"format": 1, "files": [{"path": "a", "path": "b"}]}', "it has a key twice among"),
        ('{"format": 1, "files": {}}', "not a manifest of format 1"),
        ('{"format": 1, "files": [' + "9" * 5000 + "]}", "is not JSON"),
        (
            text(described("saved_model.pb"), described("a"), described("a/b")),
            "'a' as a file and as the folder",
        ),
        (text(described("saved_model.pb"), described("a/b/c"), described("a/b")), "'a/b' as a file and as the folder"),
        (text(described("Saved_Model.pb")), "does not name saved_model.pb"),
        (text(described("a/saved_model.pb")), "does not name saved_model.pb"),
        (text(described("saved_model.pb", sha256="xyz")), "not 64 hex digits"),
        (text({"path": "saved_model.pb"}), "each needs path, size and sha256"),
    ],
)
def test_a_manifest_that_cannot_be_trusted_is_refused_with_the_reason(content: str, complaint: str) -> None:
    with pytest.raises(ManifestError, match=complaint):
        parse_manifest(content, "here")


@pytest.mark.parametrize("level", ["[", '{"a":', '{"format": 1, "files": ['])
def test_json_of_very_many_levels_is_refused(level: str) -> None:
    with pytest.raises(ManifestError, match="JSON of very many levels"):
        parse_manifest(level * 100_000, "here")


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(ManifestError) as refused:
        parse_manifest(text(described("../x", size="big", sha256="?")), "here")
    assert len(str(refused.value).splitlines()) >= 4


def test_the_size_is_that_of_all_files() -> None:
    assert manifest_of({"saved_model.pb": b"12345", "a": b"123"}).size == 8


def test_a_model_in_text_form_is_complete() -> None:
    assert parse_manifest(text(described("saved_model.pbtxt")), "here").size == 1


def test_names_that_differ_in_case_only_are_two_files() -> None:
    assert len(parse_manifest(text(described("saved_model.pb"), described("a"), described("A")), "here").files) == 3


def test_what_is_shown_of_a_hostile_manifest_is_short() -> None:
    with pytest.raises(ManifestError) as refused:
        parse_manifest(text(*[described("/" + "x" * 100_000)] * 1000), "here")
    assert len(str(refused.value)) < 10_000


def test_a_manifest_of_more_files_than_a_version_has_is_refused() -> None:
    files = [described("saved_model.pb"), *(described(f"assets/{number}") for number in range(MAX_FILES))]
    with pytest.raises(ManifestError, match=f"lists {MAX_FILES + 1} files, but a version has at most {MAX_FILES}"):
        parse_manifest(text(*files), "here")


def test_a_manifest_of_more_bytes_than_any_has_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "MAX_BYTES", 10)
    with pytest.raises(ManifestError, match="has more than 10 bytes, the most a manifest can have"):
        parse_manifest("[" * 11, "here")


def test_as_many_files_as_a_version_can_have_are_parsed_in_seconds() -> None:
    files = [described("saved_model.pb"), *(described(f"assets/{number}") for number in range(MAX_FILES - 1))]
    content = text(*files)
    began = time.monotonic()
    assert len(parse_manifest(content, "here").files) == MAX_FILES
    assert time.monotonic() - began < 10


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(json_values, json_values, json_values)
def test_whatever_an_entry_holds_is_parsed_or_refused(path: Any, size: Any, sha256: Any) -> None:
    with contextlib.suppress(ManifestError):
        parsed = parse_manifest(text(described("saved_model.pb"), described(path, size, sha256)), "here")
        assert all(isinstance(file.path, str) and type(file.size) is int for file in parsed.files)
