"""Reading tables."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tfserving.saved_models import table
from tfserving.model_store.saved_model.table import read_table
from tfserving.model_store.saved_model.wire import MalformedError

TABLE = table({b"": b"header", b"layer/bias": b"1", b"layer/kernel": b"2"})


@given(st.dictionaries(st.binary(max_size=20), st.binary(max_size=200), max_size=20))
def test_what_is_written_is_read(pairs: dict[bytes, bytes]) -> None:
    assert dict(read_table(table(pairs))) == pairs


@pytest.mark.parametrize("content", [b"", b"x" * 100, TABLE[:-1], TABLE[:-48], TABLE[:20]])
def test_what_does_not_end_as_a_table_is_refused(content: bytes) -> None:
    with pytest.raises(MalformedError, match="does not end as an index does"):
        list(read_table(content))


@given(st.integers(0, len(TABLE) - 49), st.integers(1, 255))
def test_a_byte_that_was_changed_is_noticed_or_in_what_is_not_read(place: int, change: int) -> None:
    content = bytearray(TABLE)
    content[place] ^= change
    with contextlib.suppress(MalformedError):
        assert list(read_table(bytes(content))) == list(read_table(TABLE))


@given(st.binary(max_size=48))
def test_a_footer_of_nonsense_is_refused(footer: bytes) -> None:
    content = TABLE[:-48] + footer.ljust(40, b"\xff")[:40] + TABLE[-8:]
    with contextlib.suppress(MalformedError):
        list(read_table(content))


def test_a_compressed_table_is_called_so() -> None:
    with pytest.raises(MalformedError, match="is compressed, which"):
        list(read_table(table({b"": b"header"}, compression=1)))
