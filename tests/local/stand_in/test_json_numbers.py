import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.stand_in.json_numbers import SMALLEST_NORMAL, parse_decimal, parse_integer
from local.stand_in.status import Code, StatusError


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("123456789.123456789", 123456789.12345681),
        ("-123456789.123456789", -123456789.12345681),
        ("5e-324", 0.0),
        ("2.2250738585072014e-308", SMALLEST_NORMAL),
        ("1e-400", 0.0),
        ("1E5", 1e5),
        ("1e+22", 1e22),
        ("0.1", 0.1),
        ("1.7976931348623157e308", 1.7976931348623157e308),
        ("1e-99999999999", 0.0),
        ("0e99999999999", 0.0),
    ],
)
def test_a_decimal_is_read_as_the_real_server_reads_it(text: str, number: float) -> None:
    assert parse_decimal(text) == number


@pytest.mark.parametrize("text", ["1e400", "1e309", "100.0e307", "-1e400", "1e99999999999"])
def test_what_is_no_finite_double_is_refused(text: str) -> None:
    with pytest.raises(StatusError, match="too big") as refused:
        parse_decimal(text)
    assert refused.value.code is Code.INVALID_ARGUMENT


def test_an_integer_is_exact_within_64_bits_and_a_double_beyond() -> None:
    assert parse_integer("18446744073709551615") == 2**64 - 1
    assert parse_integer("-9223372036854775808") == -(2**63)
    assert isinstance(parse_integer("18446744073709551616"), float)
    assert isinstance(parse_integer("-9223372036854775809"), float)
    with pytest.raises(StatusError):
        parse_integer("9" * 5000)


@given(st.floats(min_value=1e-300, max_value=1e300))
def test_a_decimal_is_never_further_off_than_a_few_of_the_last_bit(number: float) -> None:
    assert parse_decimal(repr(number)) == pytest.approx(number, rel=1e-15)


@given(st.decimals(min_value=-(10**8), max_value=10**8, places=5))
def test_short_decimals_are_read_to_the_nearest_double(number: object) -> None:
    assert parse_decimal(f"{number:f}") == float(str(number))
