"""Arrays as tensors and back."""

import re
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tfserving.client.element_types import BEYOND_NUMPY, ElementType
from tfserving.client.tensors import BY_DTYPE, decode, encode
from tfserving.errors import TfServingError
from tfserving.protos.serving_api_pb2 import DataType, TensorProto, TensorShapeProto

dtypes = st.sampled_from([np.dtype(name) for name in BY_DTYPE])
shapes = arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)


def tensor_of(values: Any) -> TensorProto:
    """Encode into a tensor of its own."""
    tensor = TensorProto()
    encode(values, tensor)
    return tensor


def shape(*sizes: int) -> TensorShapeProto:
    """Give a shape."""
    return TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in sizes])


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
    with pytest.raises(TfServingError, match=r"type 21 \(DT_VARIANT\)"):
        decode(TensorProto(dtype="DT_VARIANT"))


@pytest.mark.parametrize("element", BEYOND_NUMPY, ids=lambda element: element.name)
def test_types_of_ml_dtypes_are_sent_as_what_they_are(element: ElementType) -> None:
    tensor = tensor_of(np.array([1, 0]).astype(getattr(ml_dtypes, element.name)))
    assert tensor.dtype == element.number
    found = decode(tensor)
    assert found.tolist() == [1, 0]
    assert found.dtype == (np.float32 if element.small else element.dtype)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["a", None], "values[1] is None"),
        ([[1.0], [2.0, 3.0]], "values[0] has length 1, values[1] has length 2"),
        ([True, 1], "values[1] is 1, which is no bool"),
        ([1, True], "values[1] is True, which is no int64"),
        ([1, "a"], "values[1] is 'a', which is no int64"),
        (np.array([b"a\0"], dtype="S2"), "dtype=object"),
    ],
)
def test_values_of_one_kind_only_are_sent(values: Any, words: str) -> None:
    with pytest.raises(TfServingError, match=re.escape(words)):
        tensor_of(values)


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([1, 2], "DT_INT64"),
        ([1, 1 << 63], "DT_UINT64"),
        ([1, 2.5], "DT_DOUBLE"),
        ([1, 2j], "DT_COMPLEX128"),
        ([True], "DT_BOOL"),
        ([{"b64": "aGk="}], "DT_STRING"),
        ([np.float32(1)], "DT_FLOAT"),
        ([np.ones(2, np.int8), np.ones(2, np.int8)], "DT_INT8"),
    ],
)
def test_values_without_a_signature_have_the_type_they_have_in_python(values: Any, dtype: str) -> None:
    assert tensor_of(values).dtype == DataType.Value(dtype)


def test_strings_packed_as_content_are_read() -> None:
    long = b"x" * 300
    packed = b"\x02\xac\x02\x00" + b"hi" + long
    tensor = TensorProto(dtype="DT_STRING", tensor_shape=shape(3), tensor_content=packed)
    assert decode(tensor).tolist() == [b"hi", long, b""]


@pytest.mark.parametrize(
    "tensor",
    [
        TensorProto(dtype="DT_FLOAT", tensor_shape=shape(2), tensor_content=b"\0" * 4),
        TensorProto(dtype="DT_FLOAT", tensor_shape=shape(1), tensor_content=b"\0" * 3),
        TensorProto(dtype="DT_FLOAT", tensor_shape=shape(1), float_val=[1, 2]),
        TensorProto(dtype="DT_FLOAT", tensor_shape=shape(-1), float_val=[1]),
        TensorProto(dtype="DT_FLOAT", tensor_shape=shape(1 << 62), float_val=[1]),
        TensorProto(dtype="DT_INT8", tensor_shape=shape(1), int_val=[300]),
        TensorProto(dtype="DT_HALF", tensor_shape=shape(1), half_val=[70000]),
        TensorProto(dtype="DT_STRING", tensor_shape=shape(2), tensor_content=b"\x01a"),
        TensorProto(dtype="DT_STRING", tensor_shape=shape(1), tensor_content=b"\x05a"),
        TensorProto(dtype="DT_STRING", tensor_shape=shape(1), tensor_content=b"\xff"),
    ],
)
def test_a_tensor_whose_values_do_not_fill_its_shape_is_refused(tensor: TensorProto) -> None:
    with pytest.raises(TfServingError, match="damaged tensor"):
        decode(tensor)


@pytest.mark.parametrize(
    ("tensor", "values"),
    [
        (TensorProto(dtype="DT_STRING", tensor_shape=shape(2)), [b"", b""]),
        (TensorProto(dtype="DT_BFLOAT16", tensor_shape=shape(2), half_val=[0x3F80]), [1.0, 1.0]),
        (TensorProto(dtype="DT_FLOAT8_E4M3FN", tensor_shape=shape(1), float8_val=b"\x38"), [1.0]),
        (TensorProto(dtype="DT_INT4", tensor_shape=shape(1), int_val=[-8]), [-8]),
        (TensorProto(dtype="DT_FLOAT", tensor_shape=shape(3), float_val=[1, 2, 3]), [1, 2, 3]),
        (TensorProto(dtype="DT_FLOAT", tensor_shape=shape(2, 2), float_val=[7]), [[7, 7], [7, 7]]),
        (TensorProto(dtype="DT_INT32", tensor_shape=shape(4), int_val=[1, 2]), [1, 2, 2, 2]),
        (TensorProto(dtype="DT_INT64", tensor_shape=shape(2)), [0, 0]),
        (TensorProto(dtype="DT_BOOL", tensor_shape=shape(2), bool_val=[True, False]), [True, False]),
        (TensorProto(dtype="DT_HALF", tensor_shape=shape(1), half_val=[0x3C00]), [1.0]),
        (TensorProto(dtype="DT_COMPLEX64", tensor_shape=shape(1), scomplex_val=[1, 2]), [1 + 2j]),
        (TensorProto(dtype="DT_COMPLEX128", tensor_shape=shape(1), dcomplex_val=[1, 2]), [1 + 2j]),
        (TensorProto(dtype="DT_FLOAT", tensor_shape=shape(0, 3)), np.zeros((0, 3)).tolist()),
    ],
)
def test_values_listed_one_by_one_are_read_and_the_last_repeated(tensor: TensorProto, values: list[Any]) -> None:
    assert decode(tensor).tolist() == values
