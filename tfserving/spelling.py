"""How values are written by hand: characters nobody sees, and numbers with more to them than digits."""

import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Final

_LONGEST: Final = 120
_NUMERAL: Final = re.compile(
    r"(?P<number>[+-]?[0-9][0-9_,' ]*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?)\s*(?P<unit>[a-zµ%]*)"
)
_OTHER_BASE: Final = re.compile(r"0(?:x[0-9a-f]{1,16}|o[0-7]{1,21}|b[01]{1,64})", re.IGNORECASE)

# What a number measures, by how the name of its setting or flag ends, and how many of the unit of its kind it counts.
_MEASURES: Final[Mapping[str, tuple[str, float]]] = {
    "seconds": ("time", 1),
    "minutes": ("time", 60),
    "in_ms": ("time", 1e-3),
    "micros": ("time", 1e-6),
    "mib": ("memory", 2**20),
    "gib": ("memory", 2**30),
    "percent": ("percent", 1),
}
_UNITS: Final[Mapping[str, tuple[str, float]]] = {
    **dict.fromkeys(("us", "µs", "micros", "microseconds"), ("time", 1e-6)),
    **dict.fromkeys(("ms", "millis", "milliseconds"), ("time", 1e-3)),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), ("time", 1)),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), ("time", 60)),
    **dict.fromkeys(("h", "hour", "hours"), ("time", 3600)),
    **dict.fromkeys(("d", "day", "days"), ("time", 86400)),
    # Whoever writes 40GB for a size in GiB means 40.
    **dict.fromkeys(("k", "kb", "kib", "ki"), ("memory", 2**10)),
    **dict.fromkeys(("mb", "mib", "mi"), ("memory", 2**20)),
    **dict.fromkeys(("g", "gb", "gib", "gi"), ("memory", 2**30)),
    **dict.fromkeys(("t", "tb", "tib", "ti"), ("memory", 2**40)),
    "%": ("percent", 1),
}


def hidden_character(text: str) -> str | None:
    """Describe the first character that does not show, such as 'U+0000 at position 4', or give None.

    Control characters, line breaks, lone surrogates, unassigned ones, and blanks other than the usual one count.
    """
    for position, character in enumerate(text, start=1):
        if not character.isprintable():
            return f"U+{ord(character):04X} at position {position}"
    return None


def shown(value: object) -> str:
    """Give a value as it is named in a message: its repr, cut where it becomes long."""
    try:
        text = repr(value)
    except ValueError:
        # Python writes no integer of more than 4300 digits.
        return "a number of thousands of digits"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def meant_integer(name: str, text: str) -> int | None:
    """Guess the whole number somebody meant, in the unit that the name of its setting or flag ends with."""
    text = unicodedata.normalize("NFKC", text).strip().lower().replace("μ", "µ")
    if _OTHER_BASE.fullmatch(text):
        return int(text, base=0)
    match = _NUMERAL.fullmatch(text)
    if match is None or len(text) > _LONGEST:
        return None
    number = float(re.sub(r"[_,' ]", "", match["number"])) * _factor(name, match["unit"])
    return round(number) if math.isfinite(number) and math.isclose(number, round(number)) else None


def _factor(name: str, unit: str) -> float:
    """Give what a number with this unit is multiplied with; NaN if the unit has no place here."""
    if not unit:
        return 1
    measure, own = next((found for end, found in _MEASURES.items() if name.lower().endswith(end)), ("", math.nan))
    kind, factor = _UNITS.get(unit, ("unknown", math.nan))
    return factor / own if kind == measure else math.nan
