"""Any value as an array of one element type: the one place that decides what may become what, for both APIs."""

from typing import Any, Final

import numpy as np

from tfserving.client.element_types import BY_DTYPE, BY_ML_DTYPE, STRING, Array, ElementType, Kind
from tfserving.client.errors import RefusedValueError
from tfserving.client.leaves import from_leaves
from tfserving.client.nested import is_array, position, some, unnest
from tfserving.client.numbers import checked_integers, narrowed

FIXED_WIDTH: Final = "SU"
OBJECTS: Final = "OT"


def as_array(name: str, element: ElementType, value: object, *, empty: bool = False) -> Array:
    """Make an array of an element type from a value, nested lists or an array; numbers that fit are not copied.

    Strings come as objects, `str` or `bytes`. Floats that numpy lacks come as their bits. Rounding is allowed, any
    other change of a value is refused: raises RefusedValueError, with the position of each value in `name`. Empty lists
    are refused, too, unless `empty`: they do not tell their shape.
    """
    shape, nodes = unnest(name, value, empty=empty)
    if not any(is_array(kind) for kind in set(map(type, nodes))):
        return from_leaves(name, element, shape, nodes).reshape(shape)
    parts = [_part(position(name, index, shape), element, node) for index, node in enumerate(nodes)]
    if not shape:
        return parts[0]
    if len({part.shape for part in parts}) > 1:
        raise RefusedValueError([_unequal(name, shape, parts)])
    return np.stack(parts).reshape(*shape, *parts[0].shape)


def inferred(value: object) -> ElementType:
    """Give the element type of a value that says no more than it is: the array's own, or the one of Python's kind.

    Raises RefusedValueError for arrays of a type no tensor has.
    """
    if is_array(type(value)):
        array = np.asanyarray(value)
        if array.dtype.kind in FIXED_WIDTH or (array.dtype.kind in OBJECTS and not array.size):
            return STRING
        if array.dtype.kind not in OBJECTS:
            return _own_type(array)
        value = array.tolist()
    _, nodes = unnest("values", value, empty=True)
    kinds = set(map(type, nodes))
    if kinds and all(is_array(kind) or issubclass(kind, np.generic) for kind in kinds):
        return inferred(np.asarray(nodes[0]))
    return _type_of(nodes, kinds)


def _type_of(nodes: list[Any], kinds: set[type]) -> ElementType:
    if not nodes:
        return BY_DTYPE["float64"]
    if isinstance(nodes[0], str | bytes | bytearray | memoryview | dict) or nodes[0] is None:
        return STRING
    if isinstance(nodes[0], bool):
        return BY_DTYPE["bool"]
    for kind, dtype in ((complex, "complex128"), (float, "float64")):
        if any(issubclass(given, kind) for given in kinds):
            return BY_DTYPE[dtype]
    large = any(isinstance(node, int) and node >= 1 << 63 for node in nodes)
    return BY_DTYPE["uint64" if large else "int64"]


def _own_type(array: Array) -> ElementType:
    element = BY_ML_DTYPE.get(array.dtype.name) or BY_DTYPE.get(array.dtype.name)
    if element is None:
        raise RefusedValueError([_no_such_type(array, "float32")])
    return element


def _part(name: str, element: ElementType, node: Any) -> Array:
    if not is_array(type(node)):
        return as_array(name, element, node)
    array = np.asanyarray(node)
    if np.ma.is_masked(array):
        raise RefusedValueError([f"{name} has masked values. Fill them: array.filled(...)."])
    return _converted(name, element, np.asarray(array))


def _converted(name: str, element: ElementType, array: Array) -> Array:
    if array.dtype.kind in FIXED_WIDTH + OBJECTS:
        return _from_objects(name, element, array)
    own = BY_ML_DTYPE.get(array.dtype.name)
    if own == element and element.small:
        return array.view(element.dtype)
    if own is not None:
        array = array.astype(np.float32 if own.small else own.dtype)
    given = _kind(array)
    if given is None:
        raise RefusedValueError([f"{name}: {_no_such_type(array, element.name)}"])
    if given not in _sources(element.kind):
        raise RefusedValueError([_unfit(name, element, array)])
    if element.kind == "integer":
        return checked_integers(name, element, array)
    return narrowed(name, element, array) if element.kind in ("float", "complex") else array


def _from_objects(name: str, element: ElementType, array: Array) -> Array:
    if array.dtype.kind == "S":
        _check_padding(name, array)
    if not array.size:
        empty: Array = np.empty(array.shape, dtype=element.dtype)
        return empty
    return as_array(name, element, array.tolist())


def _check_padding(name: str, array: Array) -> None:
    """Refuse bytes that end in NULs in an array of fixed width: numpy pads with these, so the end cannot be known."""
    width = array.dtype.itemsize
    last = np.ascontiguousarray(array).reshape(-1).view(np.uint8).reshape(array.size, width)[:, -1:]
    odd = np.flatnonzero(last == 0)
    if len(odd):
        messages = (
            f"{position(name, int(index), array.shape)} is shorter than the {width} bytes of {array.dtype.str[1:]!r}, "
            "or it ends in NULs: numpy cannot tell. Give the bytes as a list or as an array of dtype=object."
            for index in odd
        )
        raise RefusedValueError(some(messages, len(odd)))


def _kind(array: Array) -> Kind | None:
    kinds: dict[str, Kind] = {"b": "bool", "i": "integer", "u": "integer", "f": "float", "c": "complex"}
    return kinds.get(array.dtype.kind) if array.dtype.name in BY_DTYPE else None


def _sources(kind: Kind) -> tuple[Kind, ...]:
    """Give the kinds of arrays that may become one kind: rounding apart, no value may change."""
    wider: dict[Kind, tuple[Kind, ...]] = {
        "float": ("float", "integer"),
        "complex": ("complex", "float", "integer"),
    }
    return wider.get(kind, (kind,))


def _unfit(name: str, element: ElementType, array: Array) -> str:
    convert = "as text or bytes" if element.kind == "string" else f"array.astype({element.name!r}) after a look at it"
    return f"{name} is an array of {array.dtype.name}, not of {element.name}. Convert it: {convert}."


def _no_such_type(array: Array, wanted: str) -> str:
    return f"An array of {array.dtype.name!r} cannot be sent. Convert it: array.astype({wanted!r})."


def _unequal(name: str, shape: tuple[int, ...], parts: list[Array]) -> str:
    first: dict[tuple[int, ...], int] = {}
    for index, part in enumerate(parts):
        first.setdefault(part.shape, index)
    rows = [f"{position(name, index, shape)} has the shape {list(part)}" for part, index in first.items()]
    return f"{', '.join(rows)}. Rows of one array have one shape: pad or cut them."
