"""Walking messages."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tfserving.saved_models import graph, saved_model
from tfserving.model_store.saved_model.wire import MalformedError, fields, submessages, varint
from tfserving.protos.saved_model_pb2 import MetaGraphDef, SavedModel

MODEL = saved_model(graph(variables=("v",)), graph(tags=("train",)))
ONE = saved_model(graph())


def test_the_fields_together_are_the_message() -> None:
    assert b"".join(field.raw for field in fields(memoryview(MODEL))) == MODEL
    graphs = [MetaGraphDef.FromString(bytes(message)) for message in submessages(memoryview(MODEL), 2)]
    assert graphs == list(SavedModel.FromString(MODEL).meta_graphs)


def test_numbers_of_fixed_length_are_stepped_over() -> None:
    message = b"\x0d" + bytes(4) + b"\x11" + bytes(8) + b"\x1a\x01x"
    assert [(field.number, bytes(field.content)) for field in fields(memoryview(message))] == [
        (1, bytes(4)),
        (2, bytes(8)),
        (3, b"x"),
    ]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"\x12\x05ab", "is cut off: it has a field at byte 0 of 5 bytes, of which 2 are there"),
        (b"\x0d\0", "is cut off"),
        (b"\x08\xff", "a number at byte 1 that does not end"),
        (b"\x08" + b"\xff" * 11, "a number at byte 1 that does not end"),
        (b"\x08\x01\x0b", "the wire type 3 at byte 2"),
        (b"\x00\x01", "a field of the number 0"),
    ],
)
def test_what_is_no_message_is_refused_with_the_place(content: bytes, complaint: str) -> None:
    with pytest.raises(MalformedError, match=complaint):
        list(fields(memoryview(content)))


@given(st.binary())
def test_any_bytes_are_walked_to_their_end_or_refused(content: bytes) -> None:
    with contextlib.suppress(MalformedError):
        assert sum(len(field.raw) for field in fields(memoryview(content))) == len(content)


@given(st.integers(3, len(ONE) - 1))
def test_a_model_that_is_cut_off_anywhere_within_its_graph_is_refused(length: int) -> None:
    with pytest.raises(MalformedError):
        list(fields(memoryview(ONE[:length])))


@given(st.integers(0, 2**63 - 1))
def test_numbers_are_read_as_they_were_written(number: int) -> None:
    content, rest = b"", number
    while rest >= 0x80:
        content, rest = content + bytes([rest & 0x7F | 0x80]), rest >> 7
    content += bytes([rest])
    assert varint(content, 0) == (number, len(content))
