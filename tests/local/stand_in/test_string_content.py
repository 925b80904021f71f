import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.stand_in.status import StatusError
from local.stand_in.string_content import decode_strings, encode_strings


def test_lengths_come_first_and_then_the_bytes() -> None:
    assert encode_strings([b"ab", b"", b"c" * 200]) == b"\x02\x00\xc8\x01ab" + b"c" * 200


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_strings_survive(values: list[bytes]) -> None:
    assert decode_strings(encode_strings(values), len(values)) == values


@pytest.mark.parametrize(
    ("content", "count"), [(b"", 1), (b"\x01", 1), (b"\x01ab", 1), (b"\x80", 1), (b"\x00", 2**40), (b"\x00", 0)]
)
def test_content_of_another_number_of_strings_is_refused(content: bytes, count: int) -> None:
    with pytest.raises(StatusError, match="tensor parsing error"):
        decode_strings(content, count)
