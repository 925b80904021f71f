"""Nested lists as a shape and what lies in it, without recursion: a list nested too deep is refused, not a crash."""

import array
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, Final

import numpy as np

from tfserving.client.errors import RefusedValueError

SEQUENCES: Final = (list, tuple, range, array.array)
MOST_DIMENSIONS: Final = 64  # numpy's own limit
MOST_SHOWN: Final = 5
LONGEST_VALUE: Final = 60


def unnest(name: str, value: object, *, empty: bool = False) -> tuple[tuple[int, ...], list[Any]]:
    """Give the shape of nested lists and the values at their bottom, row by row; lists may end in numpy arrays.

    Raises RefusedValueError for lists that are ragged, nested to different depths or too deep, and, unless `empty`
    allows them, for empty ones.
    """
    shape: tuple[int, ...] = ()
    nodes: list[Any] = [value]
    while _are_lists(name, shape, nodes):
        lengths = [len(node) for node in nodes]
        if len(set(lengths)) > 1:
            raise RefusedValueError([_ragged(name, shape, lengths)])
        if not (lengths[0] or empty):
            raise RefusedValueError(
                [f"{position(name, 0, shape)} is an empty list. For no rows give a numpy array of the full shape."]
            )
        if len(shape) == MOST_DIMENSIONS:
            raise RefusedValueError([f"{name} is nested more than {MOST_DIMENSIONS} lists deep. Flatten it."])
        shape = (*shape, lengths[0])
        nodes = list(chain.from_iterable(nodes))
    return shape, nodes


def position(name: str, index: int, shape: Sequence[int]) -> str:
    """Name a value by its place in row-major order: `images[0][3]`."""
    return name + "".join(f"[{place}]" for place in np.unravel_index(index, shape))


def is_array(kind: type) -> bool:
    """Tell arrays, and what numpy can make one of, from lists and single values."""
    return issubclass(kind, np.ndarray) or (hasattr(kind, "__array__") and not issubclass(kind, np.generic))


def shown(value: object) -> str:
    """Give a value for a message: its repr, cut if it is long."""
    try:
        text = "None (null in JSON)" if value is None else repr(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, an object of thousands of levels
        text = f"too long a value of type {type(value).__name__}"
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 3]}..."


def some(messages: Iterable[str], total: int) -> list[str]:
    """Give the first few messages of many, and how many more there are."""
    first = [message for message, _ in zip(messages, range(MOST_SHOWN), strict=False)]
    return [*first, f"{total - MOST_SHOWN} more like these."] if total > MOST_SHOWN else first


def _are_lists(name: str, shape: tuple[int, ...], nodes: list[Any]) -> bool:
    kinds = set(map(type, nodes))
    lists = {kind for kind in kinds if issubclass(kind, SEQUENCES)}
    # Lists beside arrays are the arrays' business: each of them is converted by itself.
    if not lists or any(map(is_array, kinds)):
        return False
    if lists == kinds:
        return True
    row = next(index for index, node in enumerate(nodes) if type(node) in lists)
    single = next(index for index, node in enumerate(nodes) if type(node) not in lists)
    raise RefusedValueError(
        [
            f"{position(name, row, shape)} is a list, but {position(name, single, shape)} is {shown(nodes[single])}. "
            "Nest all values equally deep."
        ]
    )


def _ragged(name: str, shape: tuple[int, ...], lengths: list[int]) -> str:
    first = {length: lengths.index(length) for length in dict.fromkeys(lengths)}
    rows = [f"{position(name, index, shape)} has length {length}" for length, index in first.items()]
    return f"{', '.join(rows[:MOST_SHOWN])}. Rows of one array have one length: pad or cut them."
