"""numpy arrays as TensorProto and back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tfserving.errors import TfServingError
from tfserving.protos.serving_api_pb2 import TensorProto, TensorShapeProto

Array = NDArray[Any]
STRING: Final = 7


@dataclass(frozen=True)
class ElementType:
    """A TensorFlow DataType: its number, numpy's name for it, the field that may hold single values."""

    number: int
    dtype: str
    field: str


ELEMENT_TYPES: Final = (
    ElementType(1, "float32", "float_val"),
    ElementType(2, "float64", "double_val"),
    ElementType(3, "int32", "int_val"),
    ElementType(4, "uint8", "int_val"),
    ElementType(5, "int16", "int_val"),
    ElementType(6, "int8", "int_val"),
    ElementType(8, "complex64", "scomplex_val"),
    ElementType(9, "int64", "int64_val"),
    ElementType(10, "bool", "bool_val"),
    ElementType(17, "uint16", "int_val"),
    ElementType(18, "complex128", "dcomplex_val"),
    ElementType(19, "float16", "half_val"),
    ElementType(22, "uint32", "uint32_val"),
    ElementType(23, "uint64", "uint64_val"),
)
BY_NUMBER: Final[Mapping[int, ElementType]] = {element.number: element for element in ELEMENT_TYPES}
BY_DTYPE: Final[Mapping[str, ElementType]] = {element.dtype: element for element in ELEMENT_TYPES}


def encode(values: ArrayLike, tensor: TensorProto) -> None:
    """Put an array into a tensor, which may be a request's own; numbers are laid out once, as raw bytes.

    Raises TfServingError for element types TensorFlow Serving has no field for.
    """
    array = np.asarray(values)
    tensor.tensor_shape.SetInParent()  # a scalar's shape is one without dimensions, not none
    tensor.tensor_shape.dim.extend(TensorShapeProto.Dim(size=size) for size in array.shape)
    if array.dtype.kind in "SUO":
        tensor.dtype = STRING
        tensor.string_val.extend(_bytes(value) for value in array.ravel())
        return
    element = BY_DTYPE.get(array.dtype.name)
    if element is None:
        raise TfServingError(f"An array of {array.dtype.name!r} cannot be sent. Convert it: array.astype('float32').")
    little_endian = array.astype(array.dtype.newbyteorder("<"), copy=False)
    tensor.dtype = element.number
    tensor.tensor_content = little_endian.tobytes()


def decode(tensor: TensorProto) -> Array:
    """Make an array of a tensor; strings become objects of bytes.

    Raises TfServingError for element types numpy has no name for.
    """
    shape = tuple(dim.size for dim in tensor.tensor_shape.dim)
    if tensor.dtype == STRING:
        return _filled(np.array(tensor.string_val, dtype=object), shape)
    element = BY_NUMBER.get(tensor.dtype)
    if element is None:
        raise TfServingError(
            f"The server answered with a tensor of TensorFlow's type {tensor.dtype}, which is not supported."
        )
    if tensor.tensor_content:
        return np.frombuffer(tensor.tensor_content, dtype=np.dtype(element.dtype).newbyteorder("<")).reshape(shape)
    return _filled(_single_values(tensor, element), shape)


def _single_values(tensor: TensorProto, element: ElementType) -> Array:
    values = getattr(tensor, element.field)
    special: dict[str, Callable[[], Array]] = {
        # The bits of each half, in an integer.
        "half_val": lambda: np.array(values, dtype=np.uint16).view(np.float16),
        "scomplex_val": lambda: np.array(values, dtype=np.float32).view(np.complex64),
        "dcomplex_val": lambda: np.array(values, dtype=np.float64).view(np.complex128),
    }
    return special[element.field]() if element.field in special else np.array(values, dtype=element.dtype)


def _filled(values: Array, shape: tuple[int, ...]) -> Array:
    size = int(np.prod(shape, dtype=np.int64))
    if 0 < len(values) < size:
        # What is not written out has the last value written.
        values = np.concatenate([values, np.repeat(values[-1:], size - len(values))])
    if len(values) == 0 < size:
        values = np.zeros(size, dtype=values.dtype)
    return values.reshape(shape)


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
