"""Values as arrays of the type a signature wants: what is taken, and what is refused with its position."""

import array
import enum
from decimal import Decimal
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfserving.client.arrays import as_array
from tfserving.client.element_types import BY_NUMBER, ElementType
from tfserving.client.errors import RefusedValueError

NAMED = {element.name: element for element in BY_NUMBER.values()}


class Level(enum.IntEnum):
    """An enumeration of integers."""

    HIGH = 3


class Colour(enum.StrEnum):
    """An enumeration of texts."""

    RED = "red"


class Table:
    """Something numpy can make an array of."""

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.array([1.0, 2.0])


def made(dtype: str, value: object) -> Any:
    """Make an array for an input `x`."""
    return as_array("x", NAMED[dtype], value)


def refusal(dtype: str, value: object) -> str:
    """Give the words a value is refused with."""
    with pytest.raises(RefusedValueError) as refused:
        made(dtype, value)
    return str(refused.value)


@pytest.mark.parametrize(
    ("dtype", "value", "wanted"),
    [
        ("float32", [[1, 2.5]], [[1.0, 2.5]]),
        ("float32", 1, 1.0),
        ("float32", [float("inf"), float("-inf")], [np.inf, -np.inf]),
        ("float32", np.arange(3, dtype=np.uint8), [0, 1, 2]),
        ("float32", np.array([0.1]), [np.float32(0.1)]),
        ("float32", [16777217], [16777216.0]),
        ("float32", [np.float32(1), 2, np.int8(3), ml_dtypes.bfloat16(4)], [1, 2, 3, 4]),
        ("float32", [np.ones(2), [2, 3], (4, 5)], [[1, 1], [2, 3], [4, 5]]),
        ("float32", np.array([[1], [2.5]], dtype=object), [[1], [2.5]]),
        ("float32", np.array([1.5], dtype=ml_dtypes.bfloat16), [1.5]),
        ("float32", Table(), [1.0, 2.0]),
        ("float32", np.ma.masked_array([1.0, 2.0], mask=[False, False]), [1.0, 2.0]),
        ("float64", array.array("d", [0.5]), [0.5]),
        ("int32", range(3), [0, 1, 2]),
        ("int32", [Level.HIGH], [3]),
        ("int32", np.array([7], dtype=np.int64), [7]),
        ("int32", np.array([7], dtype=">i8"), [7]),
        ("int64", [(1 << 53) + 1], [(1 << 53) + 1]),
        ("uint64", [(1 << 64) - 1], [(1 << 64) - 1]),
        ("uint8", [0, 255], [0, 255]),
        ("int4", np.array([-8, 7], dtype=ml_dtypes.int4), [-8, 7]),
        ("bool", [[True], [False]], [[True], [False]]),
        ("bool", [np.bool_(True)], [True]),
        ("complex64", [1, 2.5, 3j], [1, 2.5, 3j]),
        ("complex64", np.ones(1, dtype=np.float32), [1]),
        ("string", "a", "a"),
        ("string", [Colour.RED, b"\xff"], ["red", b"\xff"]),
        ("string", [[{"b64": "aGk="}], [{"b64": "aGk"}]], [[b"hi"], [b"hi"]]),
        ("string", {"b64": "a\nGk="}, b"hi"),
        ("string", {"b64": ""}, b""),
        ("string", [bytearray(b"a\0"), memoryview(b"b\0")], [b"a\0", b"b\0"]),
        ("string", [b"a\0", b"bc"], [b"a\0", b"bc"]),
        ("string", np.array([b"a\0", b"bc\0\0"], dtype=object), [b"a\0", b"bc\0\0"]),
        ("string", np.array([b"abcd", b"\0\0\0d"], dtype="S4"), [b"abcd", b"\0\0\0d"]),
        ("string", np.array(["ä", "bcd"]), ["ä", "bcd"]),
        ("string", np.array(["a", "bcd"], dtype=np.dtypes.StringDType()), ["a", "bcd"]),
        ("string", np.empty((0, 3), dtype="S4"), np.empty((0, 3)).tolist()),
    ],
)
def test_what_keeps_its_value_is_taken(dtype: str, value: object, wanted: object) -> None:
    found = made(dtype, value)
    assert found.dtype == NAMED[dtype].dtype
    assert found.tolist() == wanted


@pytest.mark.parametrize(
    ("dtype", "value", "words"),
    [
        ("int32", [[1], [1.7]], "x[1][0] is 1.7, which is no int32. Round it"),
        ("int32", [1.0], "x[0] is 1.0, which is no int32. Round it"),
        ("int32", [float("nan")], "x[0] is nan, which is no int32."),
        ("int32", [True], "x[0] is True, which is no int32."),
        ("int32", ["1"], "x[0] is '1', which is no int32. Give a whole number, without quotes"),
        ("int32", [1 << 31], "x[0] is 2147483648, out of int32's range, -2147483648 to 2147483647."),
        ("int64", [0, 1 << 63], "x[1] is 9223372036854775808, out of int64's range"),
        ("uint8", [[0, 300]], "x[0][1] is 300, out of uint8's range, 0 to 255."),
        ("uint32", -1, "x is -1, out of uint32's range"),
        ("uint64", [1 << 64], "x[0] is 18446744073709551616, out of uint64's range"),
        ("int4", [8], "x[0] is 8, out of int4's range, -8 to 7."),
        ("int32", np.array([1 << 40]), "x[0] is 1099511627776, out of int32's range"),
        ("uint64", np.array([-1], dtype=np.int8), "x[0] is -1, out of uint64's range"),
        ("int32", np.array([1.0]), "x is an array of float64, not of int32. Convert it"),
        ("int32", np.array([True]), "x is an array of bool, not of int32."),
        ("bool", ["false"], "x[0] is 'false', which is no bool. Give true or false, without quotes."),
        ("bool", [2], "x[0] is 2, which is no bool."),
        ("bool", np.array([1]), "x is an array of int64, not of bool."),
        ("float32", [[0.0], [None]], "x[1][0] is None (null in JSON), which is no float32. Leave the row out"),
        ("float32", [1e39], "x[0] is 1e+39, too large for float32."),
        ("float32", [10**400], "too large for float32."),
        ("float32", [10**5000], "x[0] is too long a value of type int, too large for float32."),
        ("int64", [10**5000], "out of int64's range"),
        ("float64", [10**400], "too large for float64."),
        ("float16", [70000], "x[0] is 70000.0, too large for float16."),
        ("bfloat16", [3.4e38], "x[0] is 3.4e+38, too large for bfloat16."),
        ("float8_e4m3fn", [1000.0], "x[0] is 1000.0, too large for float8_e4m3fn."),
        ("float8_e4m3fn", [float("inf")], "x[0] is inf, too large for float8_e4m3fn."),
        ("float32", np.array([1.0, -1e39]), "x[1] is -1e+39, too large for float32."),
        ("float16", np.array([70000]), "x[0] is 70000, too large for float16."),
        ("complex64", [1e39], "too large for complex64."),
        ("float32", [False], "x[0] is False, which is no float32."),
        ("float32", ["1.5"], "x[0] is '1.5', which is no float32. Give a number, without quotes."),
        ("float32", [1j], "x[0] is 1j, which is no float32."),
        ("float32", [{"b64": "aGk="}], "which is no float32."),
        ("float32", [Decimal("1.5")], "x[0] is Decimal('1.5'), which is no float32."),
        ("float32", [np.longdouble(1)], "which is no float32."),
        ("float32", {"a": 1}, "x is {'a': 1}, which is no float32."),
        ("float32", {1.0}, "x is {1.0}, which is no float32."),
        ("float32", np.array([1j]), "x is an array of complex128, not of float32."),
        ("float32", np.array(["1"]), "x[0] is '1', which is no float32."),
        ("float32", np.array([None], dtype=object), "x[0] is None"),
        ("float32", np.array(["2026-01-01"], dtype="datetime64[s]"), "'datetime64[s]' cannot be sent"),
        ("float32", np.ma.masked_array([1.0, 2.0], mask=[False, True]), "x has masked values. Fill them"),
        ("float32", [[1, 2], [3]], "x[0] has length 2, x[1] has length 1. Rows of one array have one length"),
        ("float32", [[[1], [2, 3]]], "x[0][0] has length 1, x[0][1] has length 2."),
        ("float32", [[1], 2], "x[0] is a list, but x[1] is 2. Nest all values equally deep."),
        ("float32", [[1], None], "x[0] is a list, but x[1] is None"),
        ("float32", [np.ones(2), np.ones(3)], "x[0] has the shape [2], x[1] has the shape [3]."),
        ("float32", [[np.ones(2), [1, "a"]]], "x[0][1][1] is 'a', which is no float32."),
        ("float32", np.array([[1], [2, 3]], dtype=object), "x[0] has length 1, x[1] has length 2."),
        ("float32", [], "x is an empty list."),
        ("float32", [[], []], "x[0] is an empty list."),
        ("string", ["a", None], "x[1] is None (null in JSON), which is no string."),
        ("string", [1], "x[0] is 1, which is no string. Give text in quotes"),
        ("string", np.array([1]), "x is an array of int64, not of string."),
        ("string", {"b64": 3}, "x is {'b64': 3}, which is no object of the one key 'b64' with text."),
        ("string", [{"b64": "aGk=", "a": 1}], "x[0] is {'b64': 'aGk=', 'a': 1}, which is no object of the one key"),
        ("string", [{}], "x[0] is {}, which is no object of the one key 'b64'"),
        ("string", [{"b64": "%%%"}], "x[0] is {'b64': '%%%'}, which is not base64"),
        ("string", [{"b64": "aGk==="}], "which is not base64"),
        ("string", [{"b64": "a"}], "which is not base64"),
        ("string", [{"b64": "ä"}], "which is not base64"),
        ("string", ["\ud800"], "which UTF-8 cannot write. Give bytes."),
        (
            "string",
            np.array([b"abcd", b"a"], dtype="S4"),
            "x[1] is shorter than the 4 bytes of 'S4', or it ends in NULs",
        ),
        ("string", np.array([b"abc\0"], dtype="S4"), "dtype=object"),
        ("string", [np.array([b"ab", b"a"])], "x[0][1] is shorter than the 2 bytes"),
    ],
)
def test_what_would_become_another_value_is_refused_with_its_position(dtype: str, value: object, words: str) -> None:
    assert words in refusal(dtype, value)


def test_a_list_that_holds_itself_or_is_nested_too_deep_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    assert "more than 64 lists deep" in refusal("float32", endless)


def test_many_mistakes_are_shown_as_a_few_and_their_number() -> None:
    lines = refusal("int32", [0.5] * 1000).splitlines()
    assert lines[0].startswith("x[0] is 0.5")
    assert (len(lines), lines[-1]) == (6, "995 more like these.")


def test_a_long_value_is_cut_in_a_message() -> None:
    assert len(refusal("float32", ["a" * 10_000])) < 200


def test_an_array_that_fits_is_not_copied() -> None:
    images = np.zeros((2, 3), dtype=np.float32)
    assert made("float32", images) is images
    bits = np.zeros(3, dtype=ml_dtypes.bfloat16)
    assert np.shares_memory(made("bfloat16", bits), bits)


def native(kind: str) -> list[ElementType]:
    """Give the types of a kind that numpy has."""
    return [element for element in BY_NUMBER.values() if element.kind == kind and not element.called]


@given(st.sampled_from(native("integer")), st.integers(-(1 << 65), 1 << 65))
def test_an_integer_is_taken_exactly_if_numpy_takes_it(element: ElementType, number: int) -> None:
    try:
        wanted = np.array([number], dtype=element.dtype)
    except OverflowError:
        assert "range" in refusal(element.name, [number])
    else:
        assert made(element.name, [number]).tolist() == wanted.tolist() == [number]


@given(st.sampled_from(native("float")), st.floats())
def test_a_float_is_rounded_as_numpy_does_and_never_becomes_infinite(element: ElementType, number: float) -> None:
    with np.errstate(over="ignore"):
        wanted = np.float64(number).astype(element.dtype)
    if np.isinf(wanted) and np.isfinite(number):
        assert "too large" in refusal(element.name, number)
    else:
        np.testing.assert_array_equal(made(element.name, number), wanted)


Nested = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.binary(max_size=3),
    lambda items: st.lists(items, max_size=3) | st.dictionaries(st.sampled_from(["b64", "a"]), items, max_size=2),
    max_leaves=12,
)


@given(st.sampled_from(sorted(NAMED)), Nested)
def test_any_nested_value_is_an_array_or_refused_with_a_position(dtype: str, value: object) -> None:
    messages: tuple[str, ...] = ()
    try:
        assert made(dtype, value).dtype == NAMED[dtype].dtype
    except RefusedValueError as error:
        messages = error.messages
    assert all(message.startswith("x") or message.endswith("more like these.") for message in messages)
