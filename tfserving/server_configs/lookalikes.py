"""Characters that look like text format's own, or like nothing at all, as editors, chats and web pages put them in."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final

ZERO_WIDTH: Final = "\u200b"
# Quotation marks of books and chats, and full-width and prime ones.
DOUBLE_QUOTES: Final = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\uff02"
SINGLE_QUOTES: Final = "\u2018\u2019\u201a\u201b\u2039\u203a\u2032\uff07"

_INVISIBLE = (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0x00AD, 0x061C, 0x180E, 0xFEFF)
_BLANK = (0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)
_CONTROL = (*range(0x09), *range(0x0E, 0x20), *range(0x7F, 0x85), *range(0x86, 0xA0))
_DASH = (*range(0x2010, 0x2016), 0x2212)
# Full-width quotes and backslashes are left out: they are told where a text in them ends.
_FULL_WIDTH = {0xFF01 + index: chr(0x21 + index) for index in range(94) if chr(0x21 + index) not in "\"'\\`"}

# One character for one, so that offsets into the plain text are offsets into the file.
PLAIN: Final = (
    _FULL_WIDTH
    | dict.fromkeys(_INVISIBLE, ZERO_WIDTH)
    | dict.fromkeys((*_BLANK, *_CONTROL), " ")
    | dict.fromkeys(_DASH, "-")
    | {0x3001: ",", 0x060C: ",", 0x061B: ";", 0x037E: ";", 0x2236: ":", 0xA789: ":"}
)
_STRANGE = re.compile("[" + "".join(map(re.escape, map(chr, PLAIN))) + "]")


def strange_characters(text: str, kept: Sequence[tuple[int, int]]) -> Iterator[tuple[int, str]]:
    """The first place of each such character outside of the ranges `kept`, quotes and comments, and what to do.

    A NUL is told wherever it stands: the server's parser ends at it even in a comment.
    """
    places: dict[str, list[int]] = {}
    starts = [start for start, _ in kept]
    for match in _STRANGE.finditer(text):
        inside = bisect_right(starts, match.start()) - 1
        if match.group() == "\0" or inside < 0 or kept[inside][1] <= match.start():
            places.setdefault(match.group(), []).append(match.start())
    for character, (first, *more) in places.items():
        again = f" It stands here {len(more)} times more." if more else ""
        yield first, _advice(character, first) + again


def _advice(character: str, offset: int) -> str:
    code = ord(character)
    name = f"U+{code:04X} ({unicodedata.name(character, 'a control character')})"
    if code == 0xFEFF and offset == 0:
        return (
            "The file begins with a byte order mark, an invisible character that the server's parser refuses. "
            "Save the file as UTF-8 without it."
        )
    if PLAIN[code] == ZERO_WIDTH:
        return f"{name} is invisible, and the server's parser refuses it. Delete it, or type the line anew."
    if code in _CONTROL:
        return f"{name} does not belong in a text file, and the server's parser refuses it. Delete it."
    if PLAIN[code] == " ":
        return f"{name} looks like a blank, but the server's parser refuses it. Type a blank in its place."
    return f"{character!r} is {name}, which only looks like {PLAIN[code]!r}. Write {PLAIN[code]!r}."
