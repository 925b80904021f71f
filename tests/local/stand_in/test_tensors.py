from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.stand_in.official import tensor_pb2
from local.stand_in.status import StatusError
from local.stand_in.tensors import ELEMENTS, STRING, Tensor, from_proto, to_proto


def proto(dtype: int, *shape: int, **fields: Any) -> Any:
    made = tensor_pb2.TensorProto(dtype=dtype, **fields)
    for size in shape:
        made.tensor_shape.dim.add(size=size)
    return made


@pytest.mark.parametrize("as_content", [True, False])
@pytest.mark.parametrize("dtype", sorted(ELEMENTS.keys() - {STRING}))
def test_every_type_survives_the_wire(dtype: int, as_content: bool) -> None:
    array = np.arange(6).reshape(2, 3).astype(ELEMENTS[dtype].storage)
    back = from_proto(to_proto(Tensor(dtype, array), as_content=as_content))
    assert back.dtype == dtype
    assert back.array.dtype == array.dtype
    np.testing.assert_array_equal(back.array, array)


@given(st.lists(st.binary(), min_size=1))
def test_strings_survive_the_wire(values: list[bytes]) -> None:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    for as_content in (True, False):
        assert from_proto(to_proto(Tensor(STRING, array), as_content=as_content)).array.tolist() == values


def test_one_listed_value_fills_the_shape() -> None:
    assert from_proto(proto(1, 2, 2, float_val=[1.5])).array.tolist() == [[1.5, 1.5], [1.5, 1.5]]


def test_the_last_listed_value_fills_the_rest() -> None:
    assert from_proto(proto(9, 4, int64_val=[7, 8])).array.tolist() == [7, 8, 8, 8]


def test_a_tensor_without_values_is_of_zeros() -> None:
    assert from_proto(proto(3, 2)).array.tolist() == [0, 0]
    assert from_proto(proto(STRING, 2)).array.tolist() == [b"", b""]


def test_a_scalar_has_no_dimensions() -> None:
    assert from_proto(proto(2, double_val=[0.5])).array.shape == ()


@pytest.mark.parametrize(
    "bad",
    [
        proto(1, 1, float_val=[1, 2]),
        proto(1, 2, tensor_content=b"\0" * 4),
        proto(1, 1, tensor_content=b"\0" * 3),
        proto(1, -1, float_val=[1]),
    ],
)
def test_values_that_do_not_fit_the_shape_are_refused(bad: Any) -> None:
    with pytest.raises(StatusError, match="tensor parsing error"):
        from_proto(bad)


def test_types_that_are_not_carried_are_named() -> None:
    with pytest.raises(StatusError, match="does not carry tensors of type 20"):
        from_proto(proto(20, 1))
