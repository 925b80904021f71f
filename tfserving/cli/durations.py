"""Durations as people type them."""

import re
from typing import Final

import typer

_DURATION: Final = re.compile(r"(?=\d)(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,8})s?)?", re.ASCII)


def seconds_of(text: str) -> int:
    """Read `600`, `30s`, `10m` or `1h30m`; gives seconds.

    Raises typer.BadParameter, which ends the command as wrong usage does.
    """
    found = _DURATION.fullmatch(text.strip())
    if not found:
        raise typer.BadParameter(f"{text!r} is no duration. Write seconds, or such as '30s', '10m' or '1h30m'.")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds
