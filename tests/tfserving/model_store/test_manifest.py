"""Manifests: what is written is what is read, and nothing hostile is."""

import json
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tfserving.stores import manifest_of
from tfserving.model_store import FileEntry, Manifest, parse_manifest, render_manifest
from tfserving.model_store.manifest import ManifestError

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


@given(graph, st.lists(entries, max_size=5, unique_by=lambda entry: entry.path))
def test_what_is_rendered_is_parsed_back(first: FileEntry, others: list[FileEntry]) -> None:
    manifest = Manifest(tuple(sorted([first, *others])))
    assert parse_manifest(render_manifest(manifest), "here") == manifest


@given(st.text() | st.binary())
def test_text_that_is_no_manifest_is_refused_with_where_it_lies(content: str | bytes) -> None:
    with pytest.raises(ManifestError, match="s3://bucket/key"):
        parse_manifest(content, "s3://bucket/key")


@pytest.mark.parametrize(
    "path",
    ["../x", "/etc/passwd", "a/../../x", "a//b", "./a", "a/.", "", "a\\b", "a\0b", "manifest.json", "a/", 7, None],
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
        (text(described("saved_model.pb", sha256="xyz")), "not 64 hex digits"),
        (text({"path": "saved_model.pb"}), "each needs path, size and sha256"),
    ],
)
def test_a_manifest_that_cannot_be_trusted_is_refused_with_the_reason(content: str, complaint: str) -> None:
    with pytest.raises(ManifestError, match=complaint):
        parse_manifest(content, "here")


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(ManifestError) as refused:
        parse_manifest(text(described("../x", size="big", sha256="?")), "here")
    assert len(str(refused.value).splitlines()) >= 4


def test_the_size_is_that_of_all_files() -> None:
    assert manifest_of({"saved_model.pb": b"12345", "a": b"123"}).size == 8
