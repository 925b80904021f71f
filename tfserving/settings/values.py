"""Checks of single values, made so that a message names the rule and the remedy."""

import re
from collections.abc import Callable
from typing import Final

HEX_ID: Final = r"[0-9a-f]{8}(?:[0-9a-f]{9})?"
"""What AWS's ids have after their prefix: 17 digits, or 8 from the time before 2016."""


def matching(pattern: str, expected: str) -> Callable[[str], str]:
    """Make a validator that accepts text matching the pattern, in ASCII, and calls anything else 'not <expected>'."""
    compiled = re.compile(pattern, re.ASCII)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(f"is not {expected}")
        return value

    return check
