"""Values of JSON into tensors of a type the signature names."""

import base64
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import numpy as np

from .json_text import shown
from .status import StatusError, invalid, unimplemented
from .tensors import ELEMENTS, STRING, Tensor, type_name

BOOL: Final = 10
FLOAT: Final = 1
FLOATS: Final = frozenset({FLOAT, 2})
INTEGERS: Final[Mapping[int, range]] = {
    **dict.fromkeys((3, 4, 5, 6, 17), range(-(2**31), 2**31)),
    9: range(-(2**63), 2**63),
    22: range(2**32),
    23: range(2**64),
}
"""DataTypes of whole numbers, with what JSON may say; small ones travel as int32 and are cut to size afterwards."""
UINT64: Final = 23
MOST_DIMENSIONS: Final = 254
SMALLEST_FLOAT: Final = float(np.finfo(np.float32).smallest_normal)
"""What is smaller is flushed to 0 by the server's threads."""


def is_base64(value: Any) -> bool:
    """Whether a JSON value is the API's form for bytes."""
    return isinstance(value, dict) and list(value) == ["b64"] and isinstance(value["b64"], str)


def to_tensor(value: Any, dtype: int) -> Tensor:
    """A dense tensor of nested lists; raises INVALID_ARGUMENT if they are ragged or hold other types.

    Numbers are rounded to the type without a word: 16777217 and 1e39 become 16777216 and Infinity in a float (seen on
    2.20.0); 300 becomes 44 in a uint8.
    """
    shape = tuple(_shape(value))
    if len(shape) > MOST_DIMENSIONS:
        raise invalid(f"tensor parsing error: Shape has {len(shape)} dimensions which is over the limit of 254")
    convert = _converter(dtype)
    flat = [convert(leaf) for leaf in _leaves(value, shape, level=0)]
    return Tensor(dtype, _array(flat, dtype).reshape(shape))


def _array(flat: list[Any], dtype: int) -> np.ndarray[Any, Any]:
    if dtype == STRING:
        strings = np.empty(len(flat), dtype=object)
        strings[:] = flat
        return strings
    if dtype in INTEGERS:
        wide = np.array(flat, dtype=np.uint64 if dtype == UINT64 else np.int64)
        return wide.astype(ELEMENTS[dtype].storage)
    if dtype != FLOAT:
        return np.array(flat, dtype=ELEMENTS[dtype].storage)
    with np.errstate(over="ignore"):
        array = np.array(flat, dtype=np.float64).astype(ELEMENTS[FLOAT].storage)
    array[np.abs(array) < SMALLEST_FLOAT] = 0
    return array


def _shape(value: Any) -> Iterator[int]:
    while isinstance(value, list):
        yield len(value)
        value = value[0] if value else None


def _leaves(value: Any, shape: tuple[int, ...], level: int) -> Iterator[Any]:
    if not isinstance(value, list):
        if level != len(shape):
            raise invalid(f"JSON Value: {shown(value)} found at incorrect level: {level + 1} in the JSON DOM.")
        yield value
        return
    if level >= len(shape):
        raise invalid(f"Encountered list at unexpected level: {level} expected < {len(shape)}")
    if len(value) != shape[level]:
        raise invalid(f"Encountered list at unexpected size: {len(value)} at level: {level} expected: {shape[level]}")
    for item in value:
        yield from _leaves(item, shape, level + 1)


def _converter(dtype: int) -> Callable[[Any], Any]:
    if dtype == STRING:
        return _to_bytes
    if dtype == BOOL:
        return lambda value: _checked(value, bool, dtype)
    if dtype in INTEGERS:
        return lambda value: _to_integer(value, dtype)
    if dtype in FLOATS:
        return lambda value: _to_float(value, dtype)
    raise unimplemented(f"Conversion of JSON Value to type: {type_name(dtype)}")


def _checked(value: Any, wanted: type, dtype: int) -> Any:
    # The exact type: a bool is an int to Python, but not to JSON.
    if type(value) is not wanted:
        raise _refused(value, dtype)
    return value


def _to_integer(value: Any, dtype: int) -> int:
    number: int = _checked(value, int, dtype)
    if number not in INTEGERS[dtype]:
        raise _refused(value, dtype)
    return number


def to_bytes(text: str) -> bytes:
    """The UTF-8 of a JSON string; raises INVALID_ARGUMENT for half of a surrogate pair."""
    try:
        return text.encode(errors="surrogateescape")
    except UnicodeEncodeError as error:
        raise invalid("JSON Parse error: The surrogate pair in string is invalid.") from error


def _to_bytes(value: Any) -> bytes:
    if isinstance(value, str):
        return to_bytes(value)
    if not is_base64(value):
        raise _refused(value, STRING)
    return from_base64(value)


def from_base64(value: Mapping[str, str]) -> bytes:
    """The bytes of a `{"b64": ...}`; raises INVALID_ARGUMENT if they are no base64."""
    try:
        return base64.b64decode(value["b64"] + "=" * (-len(value["b64"]) % 4), validate=True)
    except ValueError as error:
        raise invalid("Unable to base64 decode") from error


def _to_float(value: Any, dtype: int) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refused(value, dtype)
    return float(value)


def _refused(value: Any, dtype: int) -> StatusError:
    return invalid(f"JSON Value: {shown(value)} is not of expected type: {type_name(dtype)}")


def shortened(array: np.ndarray[Any, Any]) -> Any:
    """Float32 numbers as answers show them: six digits if they mean the same float, else nine."""
    flat = array.reshape(-1)
    six = np.array([float(f"{value:.6g}") for value in flat.tolist()], dtype=np.float64)
    with np.errstate(over="ignore"):
        differs = (six.astype(np.float32) != flat) & np.isfinite(flat)
    six[differs] = [float(f"{value:.9g}") for value in flat[differs].tolist()]
    return six.reshape(array.shape).tolist()
