"""Values of the engine's protocol."""

from typing import Any

import pytest
from google.protobuf.struct_pb2 import Struct
from hypothesis import given
from hypothesis import strategies as st

from local.providers.wire import SIGNATURE, UNKNOWN, WireError, decode, encode, holds_unknown, secret_names

plain = st.recursive(
    st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(min_size=1, max_size=4), plain, max_size=4))
def test_plain_values_survive_the_way_there_and_back(values: dict[str, Any]) -> None:
    assert decode(encode(values)) == values


def test_a_secret_is_marked_on_the_wire_and_plain_within() -> None:
    struct = encode({"open": 1, "hidden": {"a": "b"}}, secrets=["hidden"])
    assert secret_names(struct) == {"hidden"}
    assert decode(struct) == {"open": 1, "hidden": {"a": "b"}}


def test_a_secret_at_depth_makes_its_property_secret() -> None:
    struct = Struct()
    struct.fields["args"].struct_value.fields["list"].list_value.values.add().CopyFrom(
        encode({"s": "x"}, secrets=["s"]).fields["s"],
    )
    assert secret_names(struct) == {"args"}
    assert decode(struct) == {"args": {"list": ["x"]}}


def test_an_unknown_value_is_found_at_depth() -> None:
    values = decode(encode({"a": [{"b": UNKNOWN}], "c": 1}))
    assert values["a"] == [{"b": UNKNOWN}]
    assert holds_unknown(values["a"])
    assert not holds_unknown(values["c"])


def test_absent_values_are_left_out() -> None:
    assert decode(encode({"a": None, "b": {"c": None}})) == {"b": {}}


def test_an_asset_is_refused() -> None:
    struct = encode({"source": {SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "text": "x"}})
    with pytest.raises(WireError, match="c44067f5"):
        decode(struct)
