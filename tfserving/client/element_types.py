"""TensorFlow's element types: how their values stand in numpy and in a TensorProto."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from tfserving.client.small_floats import SmallFloat
from tfserving.protos.serving_api_pb2 import DataType

Array = NDArray[Any]
Kind = Literal["string", "bool", "integer", "float", "complex"]
NUMPY_KINDS: Final[Mapping[str, Kind]] = {
    "O": "string",
    "b": "bool",
    "i": "integer",
    "u": "integer",
    "f": "float",
    "c": "complex",
}


@dataclass(frozen=True)
class ElementType:
    """A TensorFlow DataType: its number, numpy's name for what holds its values, the field that may list them.

    Types numpy lacks have a `called` of their own: `limits` bound integers of few bits, and the values of a `small`
    float lie in `dtype` as their bits.
    """

    number: DataType
    dtype: str
    field: str
    called: str = ""
    limits: tuple[int, int] | None = None
    small: SmallFloat | None = None

    @property
    def name(self) -> str:
        """Its name in messages, such as `float32`."""
        return self.called or self.dtype

    @property
    def kind(self) -> Kind:
        """What its values are."""
        return "float" if self.small else NUMPY_KINDS[np.dtype(self.dtype).kind]

    @property
    def range(self) -> tuple[int, int]:
        """The least and the largest value of an integer type."""
        bounds = np.iinfo(self.dtype)
        return self.limits or (int(bounds.min), int(bounds.max))


STRING: Final = ElementType(DataType.DT_STRING, "object", "string_val", "string")
ELEMENT_TYPES: Final = (
    ElementType(DataType.DT_FLOAT, "float32", "float_val"),
    ElementType(DataType.DT_DOUBLE, "float64", "double_val"),
    ElementType(DataType.DT_INT32, "int32", "int_val"),
    ElementType(DataType.DT_UINT8, "uint8", "int_val"),
    ElementType(DataType.DT_INT16, "int16", "int_val"),
    ElementType(DataType.DT_INT8, "int8", "int_val"),
    ElementType(DataType.DT_COMPLEX64, "complex64", "scomplex_val"),
    ElementType(DataType.DT_INT64, "int64", "int64_val"),
    ElementType(DataType.DT_BOOL, "bool", "bool_val"),
    ElementType(DataType.DT_UINT16, "uint16", "int_val"),
    ElementType(DataType.DT_COMPLEX128, "complex128", "dcomplex_val"),
    ElementType(DataType.DT_HALF, "float16", "half_val"),
    ElementType(DataType.DT_UINT32, "uint32", "uint32_val"),
    ElementType(DataType.DT_UINT64, "uint64", "uint64_val"),
)
# ml_dtypes gives these types to numpy under the same names.
BEYOND_NUMPY: Final = (
    ElementType(DataType.DT_BFLOAT16, "uint16", "half_val", "bfloat16", small=SmallFloat(8, 7, 127, "ieee")),
    ElementType(DataType.DT_FLOAT8_E5M2, "uint8", "float8_val", "float8_e5m2", small=SmallFloat(5, 2, 15, "ieee")),
    ElementType(DataType.DT_FLOAT8_E4M3FN, "uint8", "float8_val", "float8_e4m3fn", small=SmallFloat(4, 3, 7, "fn")),
    ElementType(
        DataType.DT_FLOAT8_E4M3FNUZ, "uint8", "float8_val", "float8_e4m3fnuz", small=SmallFloat(4, 3, 8, "fnuz")
    ),
    ElementType(
        DataType.DT_FLOAT8_E4M3B11FNUZ, "uint8", "float8_val", "float8_e4m3b11fnuz", small=SmallFloat(4, 3, 11, "fnuz")
    ),
    ElementType(
        DataType.DT_FLOAT8_E5M2FNUZ, "uint8", "float8_val", "float8_e5m2fnuz", small=SmallFloat(5, 2, 16, "fnuz")
    ),
    ElementType(DataType.DT_INT4, "int8", "int_val", "int4", limits=(-8, 7)),
    ElementType(DataType.DT_UINT4, "uint8", "int_val", "uint4", limits=(0, 15)),
    ElementType(DataType.DT_INT2, "int8", "int_val", "int2", limits=(-2, 1)),
    ElementType(DataType.DT_UINT2, "uint8", "int_val", "uint2", limits=(0, 3)),
)
# Quantized integers: numpy holds them as the integers they are.
QUANTIZED: Final = (
    ElementType(DataType.DT_QINT8, "int8", "int_val", "qint8"),
    ElementType(DataType.DT_QUINT8, "uint8", "int_val", "quint8"),
    ElementType(DataType.DT_QINT16, "int16", "int_val", "qint16"),
    ElementType(DataType.DT_QUINT16, "uint16", "int_val", "quint16"),
    ElementType(DataType.DT_QINT32, "int32", "int_val", "qint32"),
)
BY_NUMBER: Final[Mapping[int, ElementType]] = {
    element.number: element for element in (STRING, *ELEMENT_TYPES, *BEYOND_NUMPY, *QUANTIZED)
}
BY_DTYPE: Final[Mapping[str, ElementType]] = {element.dtype: element for element in ELEMENT_TYPES}
BY_ML_DTYPE: Final[Mapping[str, ElementType]] = {element.name: element for element in BEYOND_NUMPY}


def type_name(number: int) -> str:
    """Name a DataType for a message, such as `DT_VARIANT`."""
    known = {value.number: value.name for value in DataType.DESCRIPTOR.values}
    return known.get(number, f"type {number}")
