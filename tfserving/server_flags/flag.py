"""What is known of one flag, and of the versions that have it."""

import re
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["bool", "int32", "int64", "float", "string"]
Version = tuple[int, int, int]
_VERSION: Final = re.compile(r"([0-9]{1,4})\.([0-9]{1,4})\.([0-9]{1,4})")


@dataclass(frozen=True)
class Flag:
    """One flag; a default of None depends on the number of CPUs.

    `since` is the first version with the flag, where it is known and later than the oldest one supported.
    `reserved` says why an operator may not set the flag and what to do instead; empty if they may.
    `minimum` and `maximum` are the smallest and largest harmless number, for the reasons in `below` and `above`.
    """

    name: str
    kind: Kind
    default: bool | int | float | str | None
    meaning: str
    since: Version | None = None
    reserved: str = ""
    minimum: int | None = None
    below: str = ""
    maximum: int | None = None
    above: str = ""


def parse_version(text: str) -> Version:
    """A server version 'X.Y.Z' as numbers; raises ValueError for anything else."""
    match = _VERSION.fullmatch(text)
    if match is None:
        raise ValueError(f"The server version {text!r} is not of the form 2.20.0.")
    major, minor, patch = map(int, match.groups())
    return major, minor, patch


def exists_in(flag: Flag, version: Version) -> bool:
    """Whether a server of this version knows the flag."""
    return flag.since is None or version >= flag.since
