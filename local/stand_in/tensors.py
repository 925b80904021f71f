"""Tensors between their forms: TensorProto on the wire, numpy in between, values for JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from .official import tensor_pb2, types_pb2
from .status import invalid, unimplemented
from .string_content import decode_strings, encode_strings

STRING: Final = 7


@dataclass(frozen=True)
class Element:
    """How one DataType is held in numpy, and which TensorProto field lists its values."""

    storage: str
    field: str


ELEMENTS: Final[Mapping[int, Element]] = {
    1: Element("<f4", "float_val"),
    2: Element("<f8", "double_val"),
    3: Element("<i4", "int_val"),
    4: Element("u1", "int_val"),
    5: Element("<i2", "int_val"),
    6: Element("i1", "int_val"),
    STRING: Element("O", "string_val"),
    8: Element("<c8", "scomplex_val"),
    9: Element("<i8", "int64_val"),
    10: Element("?", "bool_val"),
    # No bfloat16 in numpy: its bits travel as they are.
    14: Element("<u2", "half_val"),
    17: Element("<u2", "int_val"),
    18: Element("<c16", "dcomplex_val"),
    19: Element("<f2", "half_val"),
    22: Element("<u4", "uint32_val"),
    23: Element("<u8", "uint64_val"),
}
COMPLEX: Final = {8: "<f4", 18: "<f8"}
BITS: Final = frozenset({14, 19})
"""Types whose listed values are 16-bit patterns, not numbers."""


@dataclass(frozen=True)
class Tensor:
    """An array with its DataType; strings are `bytes` in an object array."""

    dtype: int
    array: np.ndarray[Any, Any]


def type_name(dtype: int) -> str:
    """The type's name as messages show it, such as `float`."""
    name: str = types_pb2.DataType.Name(dtype)
    return name.removeprefix("DT_").lower()


def element(dtype: int) -> Element:
    """Raises UNIMPLEMENTED for the types the stand-in does not carry."""
    if dtype not in ELEMENTS:
        raise unimplemented(f"The stand-in does not carry tensors of type {dtype}.")
    return ELEMENTS[dtype]


def from_proto(proto: Any) -> Tensor:
    """Read a TensorProto; raises INVALID_ARGUMENT if shape and values do not fit."""
    shape = tuple(dimension.size for dimension in proto.tensor_shape.dim)
    if proto.tensor_shape.unknown_rank or any(size < 0 for size in shape):
        raise invalid("tensor parsing error: the shape has to be fully known")
    flat = _from_content(proto) if proto.tensor_content else _from_values(proto, count_of(proto))
    if flat.size != count_of(proto):
        raise invalid(f"tensor parsing error: {flat.size} values do not fill the shape {list(shape)}")
    return Tensor(proto.dtype, flat.reshape(shape))


def count_of(proto: Any) -> int:
    """The number of elements in a fully known shape."""
    return int(np.prod([dimension.size for dimension in proto.tensor_shape.dim], dtype=np.int64))


def _from_content(proto: Any) -> np.ndarray[Any, Any]:
    if proto.dtype == STRING:
        return _strings(decode_strings(proto.tensor_content, count_of(proto)))
    storage = np.dtype(element(proto.dtype).storage)
    if len(proto.tensor_content) % storage.itemsize:
        raise invalid("tensor parsing error: tensor_content does not hold whole elements")
    return np.frombuffer(proto.tensor_content, dtype=storage)


def _from_values(proto: Any, size: int) -> np.ndarray[Any, Any]:
    values = _listed(proto.dtype, getattr(proto, element(proto.dtype).field))
    if values.size >= size:
        return values
    # Fewer values than elements: the last one stands for the rest, a default value if there is none.
    fill = values[-1:] if values.size else _default(proto.dtype)
    return np.concatenate([values, np.repeat(fill, size - values.size)])


def _listed(dtype: int, values: Any) -> np.ndarray[Any, Any]:
    if dtype in COMPLEX:
        return np.array(values, dtype=COMPLEX[dtype]).view(ELEMENTS[dtype].storage)
    if dtype in BITS:
        return np.array(values, dtype="<u2").view(ELEMENTS[dtype].storage)
    if dtype == STRING:
        return _strings(list(values))
    return np.array(values, dtype=ELEMENTS[dtype].storage)


def _strings(values: list[bytes]) -> np.ndarray[Any, Any]:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _default(dtype: int) -> np.ndarray[Any, Any]:
    return _strings([b""]) if dtype == STRING else np.zeros(1, dtype=ELEMENTS[dtype].storage)


def to_proto(tensor: Tensor, *, as_content: bool) -> Any:
    """Write a TensorProto: listed values as the real server does by default, or its bytes, strings' too."""
    proto = tensor_pb2.TensorProto(dtype=tensor.dtype)
    for size in tensor.array.shape:
        proto.tensor_shape.dim.add(size=size)
    if as_content:
        proto.tensor_content = _to_content(tensor)
    else:
        getattr(proto, element(tensor.dtype).field).extend(_to_list(tensor))
    return proto


def _to_content(tensor: Tensor) -> bytes:
    if tensor.dtype == STRING:
        return encode_strings(tensor.array.reshape(-1).tolist())
    return np.ascontiguousarray(tensor.array).tobytes()


def _to_list(tensor: Tensor) -> list[Any]:
    flat = tensor.array.reshape(-1)
    if tensor.dtype in COMPLEX:
        flat = np.ascontiguousarray(flat).view(COMPLEX[tensor.dtype])
    if tensor.dtype in BITS:
        flat = np.ascontiguousarray(flat).view("<u2")
    values: list[Any] = flat.tolist()
    return values
