"""Which model is asked, and for how long: what can be told wrong before anything is sent."""

import math
import time
from dataclasses import dataclass
from typing import Any, Final

from tfserving.errors import TfServingError

LARGEST_VERSION: Final = (1 << 63) - 1


@dataclass(frozen=True)
class Choice:
    """A model with a version, a label or neither; without, the server takes the largest version it serves."""

    model: str
    version: int | None = None
    label: str | None = None

    @property
    def name(self) -> str:
        """The model as asked for: `digits`, `digits/2` or `digits/live`."""
        which = self.version if self.version is not None else self.label
        return self.model if which is None else f"{self.model}/{which}"


def chosen(model: str, version: int | None = None, label: str | None = None) -> Choice:
    """Give a choice that a server can be asked for; raises TfServingError for any other."""
    _check_text("The model", model)
    if version is not None and label is not None:
        raise TfServingError(f"{model}: ask for version {version} or for label {label!r}, not for both.")
    if version is not None:
        _check_version(model, version)
    if label is not None:
        _check_text(f"{model}: the label", label)
    return Choice(model, None if version is None else int(version), label)


def deadline(timeout: float) -> float:
    """Give the time on the monotonic clock by which all calls of one question must end.

    Raises TfServingError for a timeout that is no positive number of seconds.
    """
    fits: Any = isinstance(timeout, int | float) and not isinstance(timeout, bool) and 0 < timeout < math.inf
    if not fits:
        raise TfServingError(f"The timeout {timeout!r} is no time to wait. Give seconds, more than 0.")
    return time.monotonic() + timeout


def left(until: float) -> float:
    """Give the seconds left until a deadline, never none, so that the call itself says that it is late."""
    return max(until - time.monotonic(), 0.001)


def _check_text(what: str, value: object) -> None:
    if not isinstance(value, str) or not value:
        raise TfServingError(f"{what} {value!r} is no name. Give text that is not empty.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise TfServingError(f"{what} {value!r} cannot be written in UTF-8. Give another name.") from None


def _check_version(model: str, version: object) -> None:
    # An integer of numpy is one, too; a bool is not.
    whole = hasattr(version, "__index__") and not isinstance(version, bool)
    if not whole or not 0 <= int(version) <= LARGEST_VERSION:  # type: ignore[call-overload]
        raise TfServingError(
            f"{model}: the version {version!r} is none. Give a whole number from 0 to {LARGEST_VERSION}."
        )
