"""Reading the store."""

from typing import Any

import pytest

from tests.tfserving.stores import MODELS, manifest_of, put_version
from tfserving.model_store import list_versions, manifest_key, read_manifest
from tfserving.model_store.layout import version_of
from tfserving.model_store.manifest import ManifestError
from tfserving.model_store.reading import list_uploads


def test_versions_are_listed_by_number_and_only_when_complete(s3: Any) -> None:
    for version in (10, 9, 0):
        put_version(s3, "digits", version)
    put_version(s3, "digits2", 7)
    for folder in ("11", "007", "x", "-1"):
        s3.put_object(Bucket=MODELS, Key=f"models/digits/{folder}/saved_model.pb", Body=b"x")
    assert list_versions(s3, MODELS, "digits") == [0, 9, 10]
    assert list_uploads(s3, MODELS, "digits") == [0, 9, 10, 11]
    assert list_versions(s3, MODELS, "absent") == []


def test_a_manifest_is_read_back_and_a_missing_one_is_none(s3: Any) -> None:
    put_version(s3, "digits", 1)
    assert read_manifest(s3, MODELS, "digits", 1) == manifest_of()
    assert read_manifest(s3, MODELS, "digits", 2) is None


def test_a_spoilt_manifest_is_refused_with_its_address(s3: Any) -> None:
    s3.put_object(Bucket=MODELS, Key=manifest_key("digits", 1), Body=b"{")
    with pytest.raises(ManifestError, match=r"s3://models-bucket/models/digits/1/manifest.json: is not JSON"):
        read_manifest(s3, MODELS, "digits", 1)


@pytest.mark.parametrize(
    ("folder", "version"),
    [
        ("0", 0),
        ("12", 12),
        ("01", None),
        ("", None),
        ("-1", None),
        ("1a", None),
        ("٣", None),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", None),
    ],
)
def test_only_a_plain_number_is_a_version(folder: str, version: int | None) -> None:
    assert version_of(folder) == version
