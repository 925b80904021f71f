"""Text format as a tree that remembers where everything stands, whatever the message type.

protobuf's own parser drops positions once it has succeeded and stops at its first complaint, while an
operator wants every mistake of a file at its line. What passes here is still parsed by protobuf itself.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

# Server configs nest five deep; the limit keeps a file of brackets from exhausting Python's stack.
MAX_DEPTH = 32

_CLOSING = {"{": "}", "<": ">"}
# Names and numbers are cut as protobuf's Python tokenizer cuts them, so that both see the same tokens.
_TOKEN = re.compile(
    r"""(?P<blank> [ \t\r\n\v\f]+ | \#[^\n]* )
      | (?P<name> [A-Za-z_][0-9A-Za-z_+-]* )
      | (?P<number> (?: [0-9+-] | \.[0-9] ) [0-9A-Za-z_.+-]* )
      | (?P<string> "(?: [^"\\\n] | \\[^\n] )*" | '(?: [^'\\\n] | \\[^\n] )*' )
      | (?P<symbol> [{}<>\[\]:,;/.] )""",
    re.VERBOSE,
)


@dataclass(frozen=True, order=True)
class Position:
    """A place in a file; line and column count from 1, columns in characters."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


@dataclass(frozen=True)
class Scalar:
    """A single value as it is written: a number, a word, or quoted text (also in several adjacent pieces)."""

    position: Position
    source: str


@dataclass(frozen=True)
class Block:
    """The fields between two brackets; the whole file is one, too."""

    position: Position
    fields: tuple["Field", ...]


@dataclass(frozen=True)
class Field:
    """One `name: value` or `name { ... }`; `name: [ ... ]` carries several values."""

    position: Position
    name: str
    values: tuple[Scalar | Block, ...]
    colon: bool
    listed: bool


class DocumentError(Exception):
    """The text is not well-formed; nothing after this position can be trusted."""

    def __init__(self, position: Position, message: str) -> None:
        super().__init__(f"{position}: {message}")
        self.position = position
        self.message = message


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int


def parse_document(text: str) -> Block:
    """Read text format; raises DocumentError at the first place where it is not well-formed."""
    reader = _Reader(text)
    fields = []
    while reader.next.kind != "end":
        fields.append(reader.field(depth=0))
    return Block(Position(1, 1), tuple(fields))


class _Reader:
    """Recursive descent over the tokens, one token ahead."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._tokens = self._scan()
        self.next = next(self._tokens)

    def field(self, depth: int) -> Field:
        start = self._position(self.next)
        name = self._name()
        colon = self._taken(":")
        listed = self.next.text == "["
        values = self._list(depth) if listed else (self._value(name, colon, depth),)
        if not self._taken(","):
            self._taken(";")
        return Field(start, name, values, colon, listed)

    def _name(self) -> str:
        if self.next.kind in ("name", "number"):
            return self._take().text
        if self.next.text != "[":
            raise self._error(f"Expected the name of a field but found {self._found()}.")
        pieces = [self._take().text]
        while pieces[-1] != "]":
            if self.next.kind not in ("name", "number") and self.next.text not in (".", "/", "]"):
                raise self._error(f"Expected ']' to end the name {''.join(pieces)!r} but found {self._found()}.")
            pieces.append(self._take().text)
        return "".join(pieces)

    def _list(self, depth: int) -> tuple[Scalar | Block, ...]:
        opening = self._take()
        values: list[Scalar | Block] = []
        while not (not values and self._taken("]")):
            values.append(self._value("[", True, depth))
            if self._taken("]"):
                break
            if not self._taken(","):
                raise self._error(
                    f"Expected ',' or ']' of the list at {self._position(opening)} but found {self._found()}."
                )
        return tuple(values)

    def _value(self, name: str, colon: bool, depth: int) -> Scalar | Block:
        if self.next.text in _CLOSING:
            return self._block(depth)
        if not colon:
            raise self._error(f"Expected ':' or '{{' after {name!r} but found {self._found()}.")
        if self.next.kind not in ("name", "number", "string"):
            raise self._error(f"Expected a value after {name!r} but found {self._found()}.")
        first = last = self._take()
        while first.kind == self.next.kind == "string":
            last = self._take()
        return Scalar(self._position(first), self._text[first.start : last.start + len(last.text)])

    def _block(self, depth: int) -> Block:
        opening = self._take()
        if depth == MAX_DEPTH:
            raise DocumentError(self._position(opening), f"Nested more than {MAX_DEPTH} deep; no server config is.")
        closing = _CLOSING[opening.text]
        fields = []
        while not self._taken(closing):
            if self.next.kind == "end":
                message = f"This {opening.text!r} is never closed. Add the missing {closing!r}."
                raise DocumentError(self._position(opening), message)
            fields.append(self.field(depth + 1))
        return Block(self._position(opening), tuple(fields))

    def _take(self) -> _Token:
        token, self.next = self.next, next(self._tokens)
        return token

    def _taken(self, symbol: str) -> bool:
        if self.next.kind != "symbol" or self.next.text != symbol:
            return False
        self._take()
        return True

    def _scan(self) -> Iterator[_Token]:
        # The server's parser stops at a NUL even in a comment.
        if "\0" in self._text:
            raise self._strange(self._text.index("\0"))
        offset = 0
        while match := _TOKEN.match(self._text, offset):
            if match.lastgroup != "blank":
                yield _Token(str(match.lastgroup), match.group(), offset)
            offset = match.end()
        if offset < len(self._text):
            raise self._strange(offset)
        yield _Token("end", "", offset)

    def _strange(self, offset: int) -> DocumentError:
        character = self._text[offset]
        if character in "\"'":
            message = f"The text begun with {character} is not closed on its line. Add the closing {character}."
            return DocumentError(self._at(offset), message)
        # No-break spaces, too: protobuf's Python parser skips them, the server's does not.
        message = f"{character!r} means nothing here; outside of quotes and comments only ASCII does. Remove it."
        return DocumentError(self._at(offset), message)

    def _found(self) -> str:
        return "the end of the file" if self.next.kind == "end" else repr(self.next.text)

    def _error(self, message: str) -> DocumentError:
        return DocumentError(self._position(self.next), message)

    def _position(self, token: _Token) -> Position:
        return self._at(token.start)

    def _at(self, offset: int) -> Position:
        line = bisect_right(self._line_starts, offset)
        return Position(line, offset - self._line_starts[line - 1] + 1)
