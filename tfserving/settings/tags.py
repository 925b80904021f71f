"""The operator's tags: what every AWS service that gets them accepts."""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from tfserving.spelling import shown

# S3 objects carry ten tags at most; three are the project's own, the rest is left to the provider's default tags.
MOST_TAGS: Final = 6
RESERVED_PREFIX: Final = "aws:"
OWN_TAGS: Final = ("Name", "Project", "Stack")
LONGEST_NAME: Final = 128
LONGEST_VALUE: Final = 256
# Beside letters, numbers and the blank, as IAM has it: [\p{L}\p{Z}\p{N}_.:/=+\-@].
_SYMBOLS: Final = frozenset(" _.:/=+-@")


def tag_mistakes(tags: Mapping[str, str]) -> Iterator[str]:
    """Say what is wrong with tags, in sentences that follow the setting's name."""
    if len(tags) > MOST_TAGS:
        yield f"has {len(tags)} tags, but at most {MOST_TAGS} leave room for the project's own. Remove some."
    for spelling, count in Counter(name.lower() for name in tags).items():
        if count > 1:
            yield f"names {spelling!r} {count} times in different case, which is one name to IAM. Keep one."
    for name, value in tags.items():
        yield from _name_mistakes(name)
        yield from _value_mistakes(name, value)


def _name_mistakes(name: str) -> Iterator[str]:
    own = next((own for own in OWN_TAGS if own.lower() == name.lower()), None)
    if not name:
        yield "has a tag without a name. Name it, or remove it."
    elif name.lower().startswith(RESERVED_PREFIX):
        yield f"{shown(name)} begins with 'aws:', which AWS keeps for itself. Rename the tag."
    elif own:
        yield f"{name!r} is a tag that this project sets itself, {own!r}. Rename the tag."
    if (length := _length(name)) > LONGEST_NAME:
        yield f"{shown(name)} has {length} characters, but a tag's name has {LONGEST_NAME} at most. Shorten it."
    if strange := _strange(name):
        yield f"{shown(name)} has {strange}, {_RULE}. Rename the tag."


def _value_mistakes(name: str, value: str) -> Iterator[str]:
    said = f"{shown(name)} is {shown(value)}, which"
    if value.lower().startswith(RESERVED_PREFIX):
        yield f"{said} begins with 'aws:'; AWS keeps that for itself. Change the value."
    if (length := _length(value)) > LONGEST_VALUE:
        yield f"{said} has {length} characters, but a tag's value has {LONGEST_VALUE} at most. Shorten it."
    if strange := _strange(value):
        yield f"{said} has {strange}, {_RULE}. Change the value."


_RULE: Final = f"but tags hold letters, numbers, blanks and '{''.join(sorted(_SYMBOLS - {' '}))}' only"


def _length(text: str) -> int:
    # S3 counts what UTF-16 takes.
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _strange(text: str) -> str | None:
    for position, character in enumerate(text, start=1):
        if character not in _SYMBOLS and unicodedata.category(character)[0] not in "LN":
            return f"{character!r} at position {position}"
    return None
