"""Numbers of JSON as the real server's parser reads them: fast, but not always to the nearest double."""

from typing import Final

from .status import invalid

UINT64: Final = range(2**64)
INT64: Final = range(-(2**63), 2**63)
EXACT: Final = 2**53 - 1
"""Up to here the parser counts in an integer, and goes on in a double."""
LARGEST_POWER: Final = 308
MOST_DIGITS: Final = 17
SMALLEST_NORMAL: Final = 2.0**-1022
SHORT: Final = 16
"""So few characters without an exponent hold a number that one division of exact doubles gives to the nearest."""


def parse_integer(text: str) -> int | float:
    """An integer of 64 bits, signed or not; what is larger is a double, and INVALID_ARGUMENT beyond that."""
    digits = text.lstrip("-")
    if len(digits) <= len(str(UINT64.stop)) and (int(text) in INT64 or int(text) in UINT64):
        return int(text)
    return parse_decimal(text)


def parse_decimal(text: str) -> float:
    """A number with a fraction, an exponent or too many digits.

    The parser takes 17 digits, multiplies and divides, so the result can be the second nearest double: seen on 2.20.0,
    123456789.123456789 is read as 123456789.12345681. Subnormal numbers are 0, since the server's threads flush them
    (5e-324 seen on 2.20.0). Raises INVALID_ARGUMENT for what is no finite double.
    """
    if len(text) <= SHORT and "e" not in text and "E" not in text:
        return float(text)
    mantissa, _, exponent = text.lower().partition("e")
    significand, power = _significand(mantissa.lstrip("-"))
    result = _scaled(significand, _clamped(exponent) + power)
    if result == float("inf"):
        raise invalid("JSON Parse error: Number too big to be stored in double.")
    if result < SMALLEST_NORMAL:
        result = 0.0
    return -result if text.startswith("-") else result


def _significand(mantissa: str) -> tuple[float, int]:
    whole, _, fraction = mantissa.partition(".")
    if len(whole) > len(str(UINT64.stop)) or int(whole) not in UINT64:
        return _beyond_64_bits(whole), 0
    counted = _counted(whole, fraction)
    head = whole + fraction[:counted]
    value = float(int(head))
    # The first digit before the point is not one of the 17.
    room = MOST_DIGITS - len(head.lstrip("0")) + (whole != "0")
    tail = fraction[counted : counted + max(room, 0)]
    for digit in tail:
        value = value * 10 + int(digit)
    return value, -counted - len(tail)


def _counted(whole: str, fraction: str) -> int:
    """How many digits of the fraction go into the integer, before that is larger than a double holds exactly."""
    if int(whole) > EXACT:
        return 0
    digits = whole + fraction
    significant = digits.lstrip("0")
    enough = len(str(EXACT)) + (int(significant[: len(str(EXACT))] or "0") <= EXACT)
    return min(len(fraction), len(digits) - len(significant) + enough - len(whole))


def _beyond_64_bits(whole: str) -> float:
    counted = next(count for count in range(len(str(UINT64.stop)), 0, -1) if int(whole[:count]) in UINT64)
    value = float(int(whole[:counted]))
    for digit in whole[counted:]:
        value = value * 10 + int(digit)
    return value


def _clamped(exponent: str) -> int:
    # Beyond some digits it makes no difference how many there are.
    return int(exponent[:8] or "0")


def _scaled(significand: float, power: int) -> float:
    if power > LARGEST_POWER:
        return float("inf") if significand else 0.0
    if power >= 0:
        return significand * 10.0**power
    if power >= -LARGEST_POWER:
        return significand / 10.0**-power
    if power >= -2 * LARGEST_POWER:
        return significand / 10.0**LARGEST_POWER / 10.0 ** (-power - LARGEST_POWER)
    return 0.0
