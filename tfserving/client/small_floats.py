"""Floats of 16 bits or fewer that numpy lacks: bfloat16 and the variants of float8, by their bits."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class SmallFloat:
    """A format: bits of exponent and mantissa, the exponent's bias, and what its special values are.

    `ieee` has infinities and NaNs as IEEE 754; `fn` has no infinity, and NaN where all bits but the sign are set;
    `fnuz` has no infinity and no negative zero, whose bits are its NaN.
    """

    exponent_bits: int
    mantissa_bits: int
    bias: int
    special: Literal["ieee", "fn", "fnuz"]

    @property
    def sign(self) -> int:
        """The sign's bit."""
        return 1 << (self.exponent_bits + self.mantissa_bits)


def decode_bits(small: SmallFloat, bits: Array) -> Array:
    """Give the values of bits as float32, which holds each of them exactly."""
    return _values(small)[bits]


def encode_bits(small: SmallFloat, values: Array) -> tuple[Array, Array]:
    """Give the bits of the nearest value for each, ties to even; and where there is none, since it is too large.

    Infinity and NaN have none in formats without them.
    """
    finite, middles = _steps(small)
    magnitudes = np.abs(values.astype(np.float64))
    codes = np.searchsorted(middles, magnitudes, side="left")
    # Half-way between two: the one whose last bit is 0.
    tied = (codes < len(middles)) & (middles[np.minimum(codes, len(middles) - 1)] == magnitudes)
    codes = codes + (tied & (codes % 2 == 1))
    beyond = codes >= len(finite)
    if small.special == "ieee":
        infinite = np.isinf(values)
        codes, beyond = np.where(infinite, len(finite), codes), beyond & ~infinite
    codes = codes + np.where(np.signbit(values) & ((codes > 0) | (small.special != "fnuz")), small.sign, 0)
    codes = np.where(np.isnan(values), np.flatnonzero(np.isnan(_values(small)))[0], codes)
    return codes, beyond & ~np.isnan(values)


@cache
def _values(small: SmallFloat) -> Array:
    codes = np.arange(2 * small.sign)
    exponents = (codes >> small.mantissa_bits) & ((1 << small.exponent_bits) - 1)
    mantissas = codes & ((1 << small.mantissa_bits) - 1)
    normal = exponents > 0
    significands = np.where(normal, mantissas + (1 << small.mantissa_bits), mantissas).astype(np.float64)
    magnitudes = np.ldexp(significands, np.maximum(exponents, 1) - small.bias - small.mantissa_bits)
    if small.special == "ieee":
        top = exponents == (1 << small.exponent_bits) - 1
        magnitudes[top] = np.where(mantissas[top] == 0, np.inf, np.nan)
    if small.special == "fn":
        magnitudes[codes % small.sign == small.sign - 1] = np.nan
    if small.special == "fnuz":
        magnitudes[small.sign] = np.nan
    values: Array = np.where(codes & small.sign, -magnitudes, magnitudes).astype(np.float32)
    return values


@cache
def _steps(small: SmallFloat) -> tuple[Array, Array]:
    """Give the finite values from 0 up, and the middles between each and the next, the first too large included."""
    positive = _values(small)[: small.sign].astype(np.float64)
    finite = positive[np.isfinite(positive)]
    upward = np.append(finite, 2 * finite[-1] - finite[-2])
    return finite, (upward[:-1] + upward[1:]) / 2
