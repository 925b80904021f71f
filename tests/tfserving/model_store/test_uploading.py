"""Files go up whole or in parts, checked by S3, and never over anything."""

import base64
import zlib
from pathlib import Path
from typing import Any

import pytest

from tests.tfserving.stores import MODELS, keys
from tfserving.model_store import uploading
from tfserving.model_store.sources import PublishError, Source, read_sources
from tfserving.model_store.uploading import part_bytes, upload

PART = 5 << 20  # S3's least
LARGE = bytes(range(256)) * (3 * PART // 256) + b"rest"


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Source]:
    monkeypatch.setattr(uploading, "PART_BYTES", PART)
    monkeypatch.setattr(uploading, "WHOLE_BYTES", PART)
    (tmp_path / "large").write_bytes(LARGE)
    (tmp_path / "small").write_bytes(b"small")
    return read_sources(tmp_path)


def open_uploads(client: Any) -> list[Any]:
    """List what has parts and is no file yet."""
    found: list[Any] = client.list_multipart_uploads(Bucket=MODELS).get("Uploads", [])
    return found


def test_a_large_file_goes_in_parts_each_with_its_checksum(s3: Any, sources: list[Source]) -> None:
    sent: list[str] = []
    s3.meta.events.register(
        "before-call.s3.UploadPart", lambda params, **_: sent.append(params["headers"]["x-amz-checksum-crc32"])
    )
    told: list[int] = []
    assert upload(s3, MODELS, "p/", sources, told.append) == []
    assert s3.get_object(Bucket=MODELS, Key="p/large")["Body"].read() == LARGE
    parts = [LARGE[offset : offset + PART] for offset in range(0, len(LARGE), PART)]
    assert sorted(sent) == sorted(base64.b64encode(zlib.crc32(part).to_bytes(4, "big")).decode() for part in parts)
    assert sum(told) == len(LARGE) + len(b"small")
    assert open_uploads(s3) == []


@pytest.mark.parametrize("name", ["large", "small"])
def test_what_is_there_is_left_alone_and_named(s3: Any, sources: list[Source], name: str) -> None:
    s3.put_object(Bucket=MODELS, Key=f"p/{name}", Body=b"theirs")
    assert [source.entry.path for source in upload(s3, MODELS, "p/", sources, lambda _: None)] == [name]
    assert s3.get_object(Bucket=MODELS, Key=f"p/{name}")["Body"].read() == b"theirs"
    assert set(keys(s3, MODELS)) == {"p/large", "p/small"}
    assert open_uploads(s3) == []


def test_a_large_file_that_changes_is_refused_and_leaves_no_parts(s3: Any, sources: list[Source]) -> None:
    s3.meta.events.register("before-call.s3.UploadPart", lambda **_: sources[0].path.write_bytes(b"shorter"))
    with pytest.raises(PublishError, match="large: was changed while it was published"):
        upload(s3, MODELS, "p/", sources, lambda _: None)
    assert "p/large" not in keys(s3, MODELS)
    assert open_uploads(s3) == []


@pytest.mark.parametrize("size", [1, 80_000 << 20, (80_000 << 20) + 1, 5 << 40])
def test_no_file_has_more_parts_than_s3_takes(size: int) -> None:
    assert -(-size // part_bytes(size)) <= 10_000
