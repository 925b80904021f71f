"""Single Python values as the elements of a tensor: each is taken as what it is, or refused with its position."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from tfserving.client.element_types import BY_DTYPE, BY_ML_DTYPE, Array, ElementType, Kind
from tfserving.client.errors import RefusedValueError
from tfserving.client.nested import position, shown, some
from tfserving.client.numbers import checked_integers, narrowed

# The exact types: to Python a bool is an int, to TensorFlow and to JSON it is none.
TAKEN: Final[Mapping[Kind, frozenset[type]]] = {
    "string": frozenset({str, bytes, bytearray, memoryview, dict}),
    "bool": frozenset({bool}),
    "integer": frozenset({int}),
    "float": frozenset({float, int}),
    "complex": frozenset({complex, float, int}),
}
WANTED: Final[Mapping[Kind, str]] = {
    "string": "Give text in quotes, or bytes as {'b64': '<base64>'}.",
    "bool": "Give true or false, without quotes.",
    "integer": "Give a whole number, without quotes, point or exponent.",
    "float": "Give a number, without quotes.",
    "complex": "Give a number, without quotes.",
}
PLAIN: Final[tuple[tuple[type, Callable[[Any], Any]], ...]] = (
    (bool, lambda leaf: leaf),
    (int, int.__int__),
    (float, float.__float__),
    (complex, complex.__complex__),
    (str, str.__str__),
    (bytes, bytes.__bytes__),
)
NULL: Final = "Leave the row out, or give the value that stands for a missing one."


def from_leaves(name: str, element: ElementType, shape: Sequence[int], leaves: list[Any]) -> Array:
    """Make a flat array of an element type from single values that fill a shape.

    Raises RefusedValueError with the position of each value that is of another type or out of range.
    """
    leaves = _of_kind(name, element, shape, leaves)
    if element.kind == "string":
        return _strings(name, shape, leaves)
    if element.kind == "bool":
        return np.array(leaves, dtype=np.bool_)
    if element.kind == "integer":
        # As objects, so that numbers beyond 64 bits are compared as what they are.
        return checked_integers(name, element, np.array(leaves, dtype=object).reshape(tuple(shape))).reshape(-1)
    wide = _wide(name, element, shape, leaves)
    return narrowed(name, element, wide.reshape(tuple(shape))).reshape(-1)


def _refusal(name: str, shape: Sequence[int], leaves: Sequence[Any], reasons: Mapping[int, str]) -> RefusedValueError:
    messages = (f"{position(name, index, shape)} is {shown(leaves[index])}, {why}" for index, why in reasons.items())
    return RefusedValueError(some(messages, len(reasons)))


def _of_kind(name: str, element: ElementType, shape: Sequence[int], leaves: list[Any]) -> list[Any]:
    taken = TAKEN[element.kind]
    if set(map(type, leaves)) <= taken:
        return leaves
    plain = [leaf if type(leaf) in taken else _plain(leaf) for leaf in leaves]
    odd = {index: leaf for index, leaf in enumerate(plain) if type(leaf) not in taken}
    if odd:
        reasons = {index: f"which is no {element.name}. {_remedy(element, leaf)}" for index, leaf in odd.items()}
        raise _refusal(name, shape, plain, reasons)
    return plain


def _remedy(element: ElementType, leaf: object) -> str:
    if leaf is None:
        return NULL
    if element.kind == "integer" and isinstance(leaf, float):
        return f"Round it: the server takes no {element.name} with a point, not even 1.0."
    return WANTED[element.kind]


def _plain(leaf: Any) -> Any:
    """Give numpy's single values, and subclasses such as enumerations, as Python's own."""
    for base, plain in PLAIN:
        if isinstance(leaf, base):
            return plain(leaf)
    if isinstance(leaf, np.generic) and leaf.dtype.name in BY_ML_DTYPE:
        return float(leaf) if BY_ML_DTYPE[leaf.dtype.name].small else int(leaf)
    # Not numpy's other types: a long double, say, would lose its value.
    return leaf.item() if isinstance(leaf, np.generic) and leaf.dtype.name in BY_DTYPE else leaf


def _wide(name: str, element: ElementType, shape: Sequence[int], leaves: list[Any]) -> Array:
    wide = np.complex128 if element.kind == "complex" else np.float64
    try:
        return np.array(leaves, dtype=wide)
    except OverflowError:
        reasons = {index: f"too large for {element.name}." for index, leaf in enumerate(leaves) if not _is_double(leaf)}
        raise _refusal(name, shape, leaves, reasons) from None


def _is_double(number: complex) -> bool:
    try:
        complex(number)
    except OverflowError:
        return False
    return True


def _strings(name: str, shape: Sequence[int], leaves: list[Any]) -> Array:
    texts = np.empty(len(leaves), dtype=object)
    reasons: dict[int, str] = {}
    for index, leaf in enumerate(leaves):
        try:
            texts[index] = text_or_bytes(leaf)
        except ValueError as error:
            reasons[index] = str(error)
    if reasons:
        raise _refusal(name, shape, leaves, reasons)
    return texts


def text_or_bytes(leaf: Any) -> str | bytes:
    """Give text as it is and everything else a string may be as bytes: buffers, and objects such as {"b64": "aGk="}.

    Raises ValueError with the reason for what is none of these.
    """
    if isinstance(leaf, str):
        _check_text(leaf)
        return leaf
    if isinstance(leaf, dict):
        return _from_base64(leaf)
    return bytes(leaf)


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("which UTF-8 cannot write. Give bytes.") from error


def _from_base64(leaf: dict[Any, Any]) -> bytes:
    text = leaf.get("b64")
    if len(leaf) != 1 or not isinstance(text, str):
        raise ValueError("which is no object of the one key 'b64' with text. Give {'b64': '<base64>'}.")
    # As the server's own decoder: blanks within and a missing end are no mistakes.
    packed = "".join(text.split())
    padded = packed if "=" in packed else packed + "=" * (-len(packed) % 4)
    try:
        return binascii.a2b_base64(padded, strict_mode=True) if padded else b""
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"which is not base64: {error}. Encode the bytes with the standard alphabet.") from error


def to_base64(value: bytes) -> dict[str, str]:
    """Give bytes the form JSON has for them."""
    return {"b64": base64.b64encode(value).decode()}
