"""How providers refuse and fail."""

from dataclasses import dataclass
from typing import Any

from tfserving.errors import TfServingError

_LONGEST_SHOWN = 80


@dataclass(frozen=True)
class Failure:
    """One refused input: its path (`rules[0].status`) and why, without a final period, which the engine adds."""

    property: str
    reason: str


class ProviderError(TfServingError):
    """An operation cannot be done; the text goes to the operator."""


def shown(value: Any) -> str:
    """Show a value in a message, cut where it gets long."""
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
