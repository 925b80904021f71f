"""Arrays as TensorProto and back."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np

from tfserving.client.arrays import as_array, inferred
from tfserving.client.element_types import BY_DTYPE, BY_NUMBER, STRING, Array, ElementType, type_name
from tfserving.client.small_floats import decode_bits
from tfserving.errors import TfServingError
from tfserving.protos.serving_api_pb2 import TensorProto, TensorShapeProto

__all__ = ["BY_DTYPE", "BY_NUMBER", "STRING", "Array", "decode", "encode", "write"]


def encode(values: object, tensor: TensorProto) -> None:
    """Put a value of any kind into a tensor, which may be a request's own, as the element type it has by itself.

    Raises TfServingError for values no tensor holds, with the position of each.
    """
    element = inferred(values)
    write(as_array("values", element, values), element, tensor)


def write(array: Array, element: ElementType, tensor: TensorProto) -> None:
    """Put an array, as `as_array` gives it, into a tensor; numbers are laid out once, as raw bytes."""
    tensor.dtype = element.number
    tensor.tensor_shape.SetInParent()  # a scalar's shape is one without dimensions, not none
    tensor.tensor_shape.dim.extend(TensorShapeProto.Dim(size=size) for size in array.shape)
    if element is STRING:
        tensor.string_val.extend(text.encode() if isinstance(text, str) else text for text in array.ravel())
    else:
        tensor.tensor_content = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()


def decode(tensor: TensorProto) -> Array:
    """Make an array of a tensor; strings become objects of bytes, floats that numpy lacks become float32.

    Raises TfServingError for element types no array holds, and for tensors whose values do not fill their shape.
    """
    element = BY_NUMBER.get(tensor.dtype)
    if element is None:
        raise TfServingError(
            f"The server answered with a tensor of TensorFlow's type {tensor.dtype} ({type_name(tensor.dtype)}), which "
            "is not supported."
        )
    shape = tuple(dim.size for dim in tensor.tensor_shape.dim)
    try:
        if tensor.tensor_content:
            array = _content(tensor, element, shape).reshape(shape)
        else:
            array = _filled(_single_values(tensor, element), shape)
    except (ValueError, OverflowError, MemoryError) as error:
        raise TfServingError(
            f"The server answered with a damaged tensor: its values of {element.name} do not fill {list(shape)}."
        ) from error
    return array if element.small is None else decode_bits(element.small, array)


def _content(tensor: TensorProto, element: ElementType, shape: tuple[int, ...]) -> Array:
    if element is STRING:
        return _objects(list(_packed_strings(tensor.tensor_content, _size(shape))))
    return np.frombuffer(tensor.tensor_content, dtype=np.dtype(element.dtype).newbyteorder("<"))


def _packed_strings(content: bytes, count: int) -> Iterator[bytes]:
    """Give strings as `--enable_serialization_as_tensor_content` packs them: all lengths as varints, then all bytes."""
    ends = [0]
    start = 0
    for _ in range(count):
        length, start = _varint(content, start)
        ends.append(ends[-1] + length)
    if start + ends[-1] != len(content):
        raise ValueError("the lengths do not add up")
    for begin, end in pairwise(ends):
        yield content[start + begin : start + end]


def _varint(content: bytes, start: int) -> tuple[int, int]:
    number = 0
    for offset, byte in enumerate(content[start : start + 10]):
        number |= (byte & 0x7F) << (7 * offset)
        if byte < 0x80:
            return number, start + offset + 1
    raise ValueError("a length is cut off")


def _single_values(tensor: TensorProto, element: ElementType) -> Array:
    values = getattr(tensor, element.field)
    special: dict[str, Callable[[], Array]] = {
        "string_val": lambda: _objects(list(values)),
        # The bits of each half, in an integer.
        "half_val": lambda: np.array(values, dtype=np.uint16).view(element.dtype),
        "float8_val": lambda: np.frombuffer(values, dtype=np.uint8),
        "scomplex_val": lambda: np.array(values, dtype=np.float32).view(np.complex64),
        "dcomplex_val": lambda: np.array(values, dtype=np.float64).view(np.complex128),
    }
    return special[element.field]() if element.field in special else np.array(values, dtype=element.dtype)


def _objects(values: list[bytes]) -> Array:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _size(shape: tuple[int, ...]) -> int:
    if any(size < 0 for size in shape):
        raise ValueError("a size is negative")
    return int(np.prod(shape, dtype=np.int64))


def _filled(values: Array, shape: tuple[int, ...]) -> Array:
    size = _size(shape)
    if 0 < len(values) < size:
        # What is not written out has the last value written.
        values = np.concatenate([values, np.repeat(values[-1:], size - len(values))])
    if len(values) == 0 < size:
        values = _objects([b""] * size) if values.dtype == object else np.zeros(size, dtype=values.dtype)
    return values.reshape(shape)
