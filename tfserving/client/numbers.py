"""Numbers in the type a tensor has: rounded where that is all it takes, refused where a value would be another."""

from collections.abc import Sequence

import numpy as np

from tfserving.client.element_types import Array, ElementType
from tfserving.client.errors import RefusedValueError
from tfserving.client.nested import position, shown, some
from tfserving.client.small_floats import encode_bits


def checked_integers(name: str, element: ElementType, integers: Array) -> Array:
    """Give integers of any width in another; raises RefusedValueError for each that does not fit."""
    least, most = element.range
    if integers.size and (integers.min() < least or integers.max() > most):
        odd = np.flatnonzero((integers < least) | (integers > most))
        _refuse(name, integers, odd, f"out of {element.name}'s range, {least} to {most}.")
    return integers.astype(element.dtype, copy=False)


def narrowed(name: str, element: ElementType, numbers: Array) -> Array:
    """Give numbers as floats or complex numbers of fewer bits, rounded; raises RefusedValueError for those too large.

    Infinity and NaN stay what they are. A float that numpy lacks is given as its bits.
    """
    if element.small is not None:
        values, beyond = encode_bits(element.small, numbers)
    else:
        with np.errstate(over="ignore"):
            values = numbers.astype(element.dtype, copy=False)
        beyond = np.isinf(values) & np.isfinite(numbers) if values is not numbers else np.zeros(0, dtype=np.bool_)
    if np.any(beyond):
        _refuse(name, numbers, np.flatnonzero(beyond), f"too large for {element.name}. Give a value in its range.")
    return values.astype(element.dtype, copy=False)


def _refuse(name: str, numbers: Array, odd: Sequence[int] | Array, rule: str) -> None:
    flat = numbers.reshape(-1)
    values = ((int(index), flat[index : index + 1].tolist()[0]) for index in odd)
    messages = (f"{position(name, index, numbers.shape)} is {shown(value)}, {rule}" for index, value in values)
    raise RefusedValueError(some(messages, len(odd)))
