"""Floats that numpy lacks, held against ml_dtypes."""

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfserving.client.element_types import BEYOND_NUMPY
from tfserving.client.small_floats import SmallFloat, decode_bits, encode_bits

FORMATS = {element.name: element.small for element in BEYOND_NUMPY if element.small is not None}


def dtype_of(name: str) -> "np.dtype[np.generic]":
    """Give ml_dtypes' type."""
    kind: type[np.generic] = getattr(ml_dtypes, name)
    return np.dtype(kind)


@pytest.mark.parametrize(("name", "small"), FORMATS.items())
def test_every_value_is_read_and_written_back(name: str, small: SmallFloat) -> None:
    bits = np.arange(2 * small.sign).astype(f"u{dtype_of(name).itemsize}")
    values = decode_bits(small, bits)
    np.testing.assert_array_equal(values, bits.view(dtype_of(name)).astype(np.float32))
    back, beyond = encode_bits(small, values)
    whole = ~np.isnan(values)
    np.testing.assert_array_equal(back[whole], bits[whole])
    assert np.isnan(decode_bits(small, back[~whole])).all()
    assert not beyond.any()


@given(st.sampled_from(sorted(FORMATS)), st.floats(width=32))
def test_a_number_is_rounded_as_ml_dtypes_does_or_told_too_large(name: str, number: float) -> None:
    small = FORMATS[name]
    bits, beyond = encode_bits(small, np.array([number]))
    with np.errstate(over="ignore", invalid="ignore"):
        wanted = np.array([number], dtype=np.float32).astype(dtype_of(name)).astype(np.float32)
    if beyond[0]:
        assert not np.isfinite(wanted[0])
    else:
        np.testing.assert_array_equal(decode_bits(small, bits), wanted)
