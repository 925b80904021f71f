"""Text format cut into tokens; what people write in its place is read as it was meant, and told."""

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from tfserving.server_configs.lookalikes import DOUBLE_QUOTES, PLAIN, SINGLE_QUOTES, ZERO_WIDTH, strange_characters

_STRING = r""""(?: [^"\\\n] | \\[^\n] )*" | '(?: [^'\\\n] | \\[^\n] )*'"""
# Wider than the server's parser wherever that makes one token, and so one mistake, of what was meant as one word.
_TOKEN = re.compile(
    rf"""(?P<blank> [ \t\r\n\v\f{ZERO_WIDTH}]+ | \#[^\n]* )
      | (?P<comment> //[^\n]* | /\*.*?(?:\*/|\Z) )
      | (?P<extension> \[ [ \t\r\n\v\f]* [A-Za-z_][\w-]* [ \t\r\n\v\f]* [./] [\w./ \t\r\n\v\f-]* \] )
      | (?P<path> (?: [^\W\d][\w.+-]*:// | (?:[\w.][\w.+-]*)?/(?![/*]) | [A-Za-z]:\\ ) [^\s{{}}<>\[\],;"'`#]* )
      | (?P<number> \+? (?: [0-9] | \.[0-9] ) [0-9A-Za-z_.]* (?: (?<=[eE]) [+-] [0-9A-Za-z_.]* )* )
      | (?P<name> [^\W\d] [\w.+{ZERO_WIDTH}-]* )
      | (?P<string> {_STRING} )
      | (?P<quoted> `[^`\n]*`
          | [{DOUBLE_QUOTES}] [^{DOUBLE_QUOTES}"\n]* [{DOUBLE_QUOTES}"]
          | [{SINGLE_QUOTES}] [^{SINGLE_QUOTES}'\n]* [{SINGLE_QUOTES}'] )
      | (?P<variable> (?: \$ (?: \{{[^}}\n]{{0,200}}\}} | \([^)\n]{{0,200}}\) | \w+ ) | \{{\{{[\w .|-]{{0,200}}\}}\}} )
          [^\s{{}}<>\[\],;"'`#]* )
      | (?P<equals> :?={{1,2}}>? )
      | (?P<round> [()] )
      | (?P<symbol> [{{}}<>\[\]:,;-] )
      | (?P<open> ["'`{DOUBLE_QUOTES}{SINGLE_QUOTES}] )
      | (?P<junk> [!$%&*+./?@\\^|~]+ | . )""",
    re.VERBOSE | re.DOTALL,
)
# Where a text that is not closed on its line most likely ends: before what looks like the next field or a bracket.
_UNCLOSED = re.compile(
    rf""". (?P<body> [^\n]{{0,500}}? ) (?: [`{DOUBLE_QUOTES}{SINGLE_QUOTES}] | [,;]? (?= [ \t\r]{{0,20}} (?:
        [,;]? [ \t]{{0,20}} (?: [}}\]>] | [^\W\d]\w*[ \t]*[:{{<] )
        | (?:\#[^\n]*)? (?:\n|\Z) ) ) )""",
    re.VERBOSE,
)
_CLOSED_LATER = re.compile(r"""[ \t]* (?: [,;}\]>#\r\n] | \Z | [^\W\d]\w*[ \t]*[:{<] )""", re.VERBOSE)
_LINES_OF_A_TEXT: Final = 10
# How many mistakes of form a file is told of; who has more of them repeats one.
MAX_MISTAKES: Final = 50
_SHOWN: Final = 80


@dataclass(frozen=True, order=True)
class Position:
    """A place in a file; line and column count from 1, columns in characters."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


@dataclass(frozen=True, order=True)
class Mistake:
    """A place where the text is not text format, and what to do about it."""

    position: Position
    message: str


class Token(NamedTuple):
    """One name, number, string or symbol as it is understood; `start` and `end` are offsets into the text.

    `doubtful` marks what was told already and may have been meant otherwise; it is not held against a field, too.
    """

    kind: str
    text: str
    start: int
    end: int
    doubtful: bool = False


@dataclass
class Source:
    """A text, and the way from its offsets to lines and columns."""

    text: str
    _starts: list[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", self.text))]

    def at(self, offset: int) -> Position:
        """The line and column of an offset."""
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)

    def indentation(self, offset: int) -> int:
        """How many blanks begin the line of an offset."""
        start = self._starts[bisect_right(self._starts, offset) - 1]
        return len(self.text[start:offset]) - len(self.text[start:offset].lstrip(" \t"))

    def begins_line(self, offset: int) -> bool:
        """Tell whether nothing but blanks stands before an offset on its line."""
        start = self._starts[bisect_right(self._starts, offset) - 1]
        return not self.text[start:offset].strip()


def short(text: str) -> str:
    """A piece of a file as a message shows it."""
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def scan(source: Source) -> tuple[list[Token], list[Mistake]]:
    """Cut a text into tokens, the last of which is of kind 'end', and tell what is none in text format."""
    scanner = _Scanner(source)
    scanner.run()
    return scanner.tokens, scanner.mistakes()


class _Scanner:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._text = source.text
        self._plain = source.text.translate(PLAIN)
        self._found: list[tuple[int, str]] = []
        self._kept: list[tuple[int, int]] = []
        self.tokens: list[Token] = []

    def run(self) -> None:
        offset = 0
        while match := _TOKEN.match(self._plain, offset):
            kind, start, end = str(match.lastgroup), match.start(), match.end()
            offset = self._unclosed(start) if kind == "open" else end
            if kind == "blank":
                self._keep_comment(start, end)
            elif kind == "comment":
                self._foreign_comment(start, end)
            elif kind != "open":
                self.tokens.append(self._token(kind, match.group(), start, end))
        self.tokens.append(Token("end", "", offset, offset))

    def mistakes(self) -> list[Mistake]:
        """What was found, each kind of invisible or look-alike character once."""
        found = sorted([*self._found, *strange_characters(self._text, self._kept)])
        told = [Mistake(self._source.at(offset), message) for offset, message in found[:MAX_MISTAKES]]
        if len(found) > MAX_MISTAKES:
            message = f"Here and behind are {len(found) - MAX_MISTAKES} more such mistakes. Correct the others first."
            told.append(Mistake(self._source.at(found[MAX_MISTAKES][0]), message))
        return told

    def _keep_comment(self, start: int, end: int) -> None:
        if self._plain[start] == "#":
            self._kept.append((start if self._text[start] == "#" else start + 1, end))

    def _foreign_comment(self, start: int, end: int) -> None:
        self._kept.append((start, end))
        sign = self._text[start : start + 2]
        self._tell(start, f"Comments begin with '#', not with {sign!r}. Begin each line of the comment with '#'.")

    def _token(self, kind: str, plain: str, start: int, end: int) -> Token:
        written = self._text[start:end]
        if kind in ("string", "quoted"):
            self._kept.append((start, end))
        if kind == "string":
            return Token("string", written, start, end, doubtful="\0" in written)
        if kind in _MEANT:
            self._kept.append((start, end))
            meant = _MEANT[kind](written)
            self._tell(start, meant.message)
            return Token(meant.kind, meant.text, start, end, doubtful=kind != "quoted")
        return Token(_KINDS.get(kind, kind), plain.replace(ZERO_WIDTH, ""), start, end)

    def _unclosed(self, start: int) -> int:
        """Read a text whose other quote is missing; returns the offset to go on at."""
        quote = self._plain[start]
        before = self.tokens[-1] if self.tokens else None
        if before and before.end == start and before.kind in ("name", "number"):
            self.tokens[-1] = Token("string", before.text, before.start, start + 1, doubtful=True)
            self._tell(before.start, f"The text that ends here in {quote} has no {quote} at its beginning. Add it.")
            return start + 1
        end, message = self._lines(start, quote) or self._one_line(start, quote)
        self._tell(start, message)
        self._kept.append((start, end))
        self.tokens.append(Token("string", self._text[start:end], start, end, doubtful=True))
        return end

    def _lines(self, start: int, quote: str) -> tuple[int, str] | None:
        later = self._plain.find(quote, self._plain.find("\n", start) + 1 or len(self._plain))
        line_end = self._plain.find("\n", later)
        line_end = line_end if line_end >= 0 else len(self._plain)
        if later < 0 or self._plain.count("\n", start, later) > _LINES_OF_A_TEXT:
            return None
        if self._plain.count(quote, later, line_end) % 2 == 0 or not _CLOSED_LATER.match(self._plain, later + 1):
            return None
        place = self._source.at(later)
        message = f"The text begun here goes on to {place}, but a text ends on its line. Join the lines, or write \\n."
        return later + 1, message

    def _one_line(self, start: int, quote: str) -> tuple[int, str]:
        match = _UNCLOSED.match(self._plain, start)
        end = match.end() if match and match.group("body") else start + 1
        return end, f"The text begun here with {quote} is not closed on its line. Add the closing {quote}."

    def _tell(self, offset: int, message: str) -> None:
        self._found.append((offset, message))


class _Meant(NamedTuple):
    """What people mean by something that text format does not know."""

    kind: str
    text: str
    message: str


def _straight(written: str) -> _Meant:
    text = '"' + written[1:-1].replace("\\", "\\\\").replace('"', '\\"') + '"'
    message = f"Text stands in straight quotes, not between {written[0]} and {written[-1]}. Write {short(text)}."
    return _Meant("string", text, message)


def _variable(written: str) -> _Meant:
    message = f"{short(written)!r} would be taken as it is: nothing fills in variables here. Write the value itself."
    return _Meant("name", written, message)


def _equals(written: str) -> _Meant:
    return _Meant("symbol", ":", f"Between a field and its value stands ':', not {written!r}. Write ':'.")


def _round(written: str) -> _Meant:
    symbol = "{" if written in "(\uff08" else "}"
    return _Meant("symbol", symbol, f"Groups of fields stand between '{{' and '}}'. Write {symbol!r} for {written!r}.")


_MEANT: Final[Mapping[str, Callable[[str], _Meant]]] = {
    "quoted": _straight,
    "variable": _variable,
    "equals": _equals,
    "round": _round,
}
_KINDS: Final = {"path": "name", "extension": "name"}
