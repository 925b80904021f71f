"""Checks of single values, made so that a message names the rule and the remedy."""

import re
from collections.abc import Callable


def matching(pattern: str, expected: str) -> Callable[[str], str]:
    """Make a validator that accepts text matching the pattern and calls anything else 'not <expected>'."""
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(f"is not {expected}")
        return value

    return check
