"""Arrays as tensors and back."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tfserving.client.tensors import BY_DTYPE, decode, encode
from tfserving.errors import TfServingError
from tfserving.protos.serving_api_pb2 import TensorProto, TensorShapeProto

dtypes = st.sampled_from([np.dtype(name) for name in BY_DTYPE])
shapes = arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)


def tensor_of(values: Any) -> TensorProto:
    """Encode into a tensor of its own."""
    tensor = TensorProto()
    encode(values, tensor)
    return tensor


@given(dtypes.flatmap(lambda dtype: arrays.arrays(dtype, shapes)))
def test_an_array_comes_back_as_it_was(array: Any) -> None:
    found = decode(tensor_of(array))
    assert (found.dtype, found.shape) == (array.dtype, array.shape)
    np.testing.assert_array_equal(found, array)


@given(arrays.arrays(np.dtype(object), shapes, elements=st.binary(max_size=8)))
def test_strings_come_back_as_bytes(array: Any) -> None:
    found = decode(tensor_of(array))
    assert found.shape == array.shape
    assert found.ravel().tolist() == array.ravel().tolist()


@given(arrays.arrays(np.dtype(">f4"), shapes, elements=st.floats(width=32, allow_nan=False)))
def test_the_other_byte_order_is_turned_round(array: Any) -> None:
    np.testing.assert_array_equal(decode(tensor_of(array)), array)


def test_a_slice_is_sent_as_what_it_shows() -> None:
    array = np.arange(24, dtype=np.int32).reshape(4, 6)[::2, ::-1]
    np.testing.assert_array_equal(decode(tensor_of(array)), array)


def test_text_is_sent_as_utf_8() -> None:
    assert decode(tensor_of(["ä", "b"])).tolist() == ["ä".encode(), b"b"]


def test_a_scalar_has_a_shape_without_dimensions() -> None:
    tensor = tensor_of(np.float32(1))
    assert tensor.HasField("tensor_shape")
    assert decode(tensor).shape == ()


def test_an_array_numpy_alone_knows_is_refused_with_what_to_do() -> None:
    with pytest.raises(TfServingError, match=r"'datetime64\[s\]' cannot be sent.*astype"):
        tensor_of(np.array(["2026-01-01"], dtype="datetime64[s]"))


def test_an_answer_of_an_unknown_type_is_refused() -> None:
    with pytest.raises(TfServingError, match="type 21"):
        decode(TensorProto(dtype=21))


def shape(*sizes: int) -> TensorShapeProto:
    """Give a shape."""
    return TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in sizes])


@pytest.mark.parametrize(
    ("tensor", "values"),
    [
        (TensorProto(dtype=1, tensor_shape=shape(3), float_val=[1, 2, 3]), [1, 2, 3]),
        (TensorProto(dtype=1, tensor_shape=shape(2, 2), float_val=[7]), [[7, 7], [7, 7]]),
        (TensorProto(dtype=3, tensor_shape=shape(4), int_val=[1, 2]), [1, 2, 2, 2]),
        (TensorProto(dtype=9, tensor_shape=shape(2)), [0, 0]),
        (TensorProto(dtype=10, tensor_shape=shape(2), bool_val=[True, False]), [True, False]),
        (TensorProto(dtype=19, tensor_shape=shape(1), half_val=[0x3C00]), [1.0]),
        (TensorProto(dtype=8, tensor_shape=shape(1), scomplex_val=[1, 2]), [1 + 2j]),
        (TensorProto(dtype=18, tensor_shape=shape(1), dcomplex_val=[1, 2]), [1 + 2j]),
        (TensorProto(dtype=1, tensor_shape=shape(0, 3)), np.zeros((0, 3)).tolist()),
    ],
)
def test_values_listed_one_by_one_are_read_and_the_last_repeated(tensor: TensorProto, values: list[Any]) -> None:
    assert decode(tensor).tolist() == values
