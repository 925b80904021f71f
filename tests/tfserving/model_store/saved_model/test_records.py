"""Reading TFRecord files."""

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tfserving.saved_models import records
from tfserving.model_store.saved_model.records import read_records
from tfserving.model_store.saved_model.wire import MalformedError

TWO = records(b"first", b"second")
FIRST = len(records(b"first"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=st.lists(st.binary(max_size=50), max_size=5))
def test_what_is_written_is_read(tmp_path: Path, contents: list[bytes]) -> None:
    (tmp_path / "records").write_bytes(records(*contents))
    assert list(read_records(tmp_path / "records")) == contents


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"x", "is no TFRecord file"),
        (b"any text that is longer than a header", "is no TFRecord file"),
        (b"\xff" * 100, "is no TFRecord file"),
        (gzip.compress(TWO), "is packed with gzip"),
        (TWO[:-1], "is cut off in record 1"),
        (TWO[: FIRST + 3], "is cut off in record 1"),
        (TWO[: FIRST + 12], "is cut off in record 1"),
        (TWO[:FIRST] + b"\xff" + TWO[FIRST + 1 :], "a wrong checksum of a length in record 1"),
        (TWO.replace(b"second", b"secund"), "a wrong checksum in record 1"),
        (TWO.replace(b"first", b"fjrst"), "a wrong checksum in record 0"),
    ],
)
def test_what_is_no_record_is_refused_with_its_number(tmp_path: Path, content: bytes, complaint: str) -> None:
    (tmp_path / "records").write_bytes(content)
    with pytest.raises(MalformedError, match=complaint):
        list(read_records(tmp_path / "records"))
