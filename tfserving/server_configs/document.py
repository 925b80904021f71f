"""Text format as a tree that remembers where everything stands, whatever the message type.

protobuf's own parser drops positions once it has succeeded and stops at its first complaint, while an
operator wants every mistake of a file at its line, and a command that edits a file leaves the rest as it was.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from google.protobuf.descriptor import Descriptor

from tfserving.server_configs.grammar import CLOSING
from tfserving.server_configs.mending import mend
from tfserving.server_configs.tokens import Mistake, Position, Source, Token, scan

# Server configs nest five deep; the limit keeps a file of brackets from exhausting Python's stack.
MAX_DEPTH: Final = 32
# Missing brackets make a text look deeper than it is, so what is mended first may go as deep as this.
_MAX_BROKEN_DEPTH: Final = 500

_HALF = re.compile("[\ud800-\udfff]")

__all__ = [
    "MAX_DEPTH",
    "Block",
    "Document",
    "DocumentError",
    "Field",
    "Mistake",
    "Position",
    "Scalar",
    "parse_document",
    "read_document",
]


@dataclass(frozen=True)
class Scalar:
    """A single value as it is written: a number, a word, or quoted text (also in several adjacent `pieces`).

    `doubtful` marks a value that was told already. Offsets count from the text's beginning; `end` is exclusive.
    """

    position: Position
    source: str
    pieces: tuple[str, ...] = field(default=(), compare=False)
    doubtful: bool = field(default=False, compare=False)
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Block:
    """The fields between two brackets; the whole file is one, too.

    The offsets are those of its brackets, `end` behind the last; `whole` is False if it was not well-formed.
    """

    position: Position
    fields: tuple["Field", ...]
    whole: bool = field(default=True, compare=False)
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Field:
    """One `name: value` or `name { ... }`; `name: [ ... ]` carries several values. A separator is not part of it."""

    position: Position
    name: str
    values: tuple[Scalar | Block, ...]
    colon: bool
    listed: bool
    quoted: bool = field(default=False, compare=False)
    doubtful: bool = field(default=False, compare=False)
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Document:
    """A text's fields as far as they could be read, None if not at all, and every place that is not well-formed."""

    root: Block | None
    mistakes: tuple[Mistake, ...]


class DocumentError(Exception):
    """The text is not well-formed; `mistakes` has all places, and `position` and `message` are the first one's."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("\n".join(f"{mistake.position}: {mistake.message}" for mistake in mistakes))
        self.mistakes = tuple(mistakes)
        self.position = mistakes[0].position
        self.message = mistakes[0].message


def parse_document(text: str) -> Block:
    """Read text format; raises DocumentError with every place where it is not well-formed."""
    document = read_document(text)
    if document.mistakes or document.root is None:
        raise DocumentError(document.mistakes)
    return document.root


def read_document(text: str, descriptor: Descriptor | None = None) -> Document:
    """Read text format as far as it can be; a message type helps to tell where a bracket is missing."""
    source = Source(text)
    half = _HALF.search(text)
    if half:
        message = f"U+{ord(half.group()):04X} is half a character, which no file in UTF-8 has. Remove it."
        return Document(None, (Mistake(source.at(half.start()), message),))
    tokens, strange = scan(source)
    if _deeper_than(_MAX_BROKEN_DEPTH, tokens):
        return _too_deep(tokens, source, strange)
    outcome = mend(tokens, source, descriptor)
    left_out = {source.at(offset) for offset in outcome.left_out}
    mistakes = sorted([*(each for each in strange if each.position not in left_out), *outcome.mistakes])
    if _deeper_than(MAX_DEPTH, outcome.tokens):
        return _too_deep(outcome.tokens, source, strange)
    root = _Builder(outcome.tokens, source, outcome.places).root() if outcome.tokens else None
    return Document(root, tuple(mistakes))


def _too_deep(tokens: Sequence[Token], source: Source, mistakes: Sequence[Mistake]) -> Document:
    deep = _deeper_than(MAX_DEPTH, tokens)
    place = source.at(deep.start if deep else 0)
    return Document(None, (*mistakes, Mistake(place, f"Nested more than {MAX_DEPTH} deep; no server config is.")))


def _deeper_than(limit: int, tokens: Sequence[Token]) -> Token | None:
    """The first bracket that opens one level too many."""
    depth = 0
    for token in tokens:
        if token.kind == "symbol":
            depth += (token.text in CLOSING) - (token.text in CLOSING.values())
            if depth > limit:
                return token
    return None


class _Builder:
    """Recursive descent over tokens that follow each other as they may."""

    def __init__(self, tokens: Sequence[Token], source: Source, changed: Sequence[int]) -> None:
        self._tokens = tokens
        self._source = source
        self._changed = sorted(changed)
        self._at = 0

    def root(self) -> Block:
        end = self._tokens[-1].end
        return Block(Position(1, 1), self._fields(), self._untouched(0, end), 0, end)

    def _fields(self) -> tuple[Field, ...]:
        fields = []
        while self._next.kind != "end" and not (self._next.kind == "symbol" and self._next.text in "}>]"):
            fields.append(self._field())
            if self._next.text in (",", ";"):
                self._at += 1
        return tuple(fields)

    def _field(self) -> Field:
        name = self._take()
        colon = self._next.text == ":"
        self._at += colon
        listed = self._next.text == "["
        values = self._list() if listed else (self._value(),)
        quoted = name.kind == "string"
        plain = name.text.strip("\"'")
        end = self._tokens[self._at - 1].end
        position = self._source.at(name.start)
        return Field(position, plain, values, colon, listed, quoted, name.doubtful, name.start, end)

    def _list(self) -> tuple[Scalar | Block, ...]:
        self._at += 1
        values: list[Scalar | Block] = []
        while self._next.text != "]":
            values.append(self._value())
            self._at += self._next.text == ","
        self._at += 1
        return tuple(values)

    def _value(self) -> Scalar | Block:
        first = self._take()
        if first.kind == "symbol" and first.text in "{<":
            fields = self._fields()
            end = self._take().end
            return Block(self._source.at(first.start), fields, self._untouched(first.start, end), first.start, end)
        pieces = [first]
        while (pieces[-1].text == "-" and first.kind == "symbol") or self._concatenates(first):
            pieces.append(self._take())
        doubtful = any(piece.doubtful for piece in pieces)
        texts = tuple(piece.text for piece in pieces)
        end = pieces[-1].end
        source = self._source.text[first.start : end] if first.kind == "string" else "".join(texts)
        return Scalar(self._source.at(first.start), source, texts, doubtful, first.start, end)

    def _concatenates(self, first: Token) -> bool:
        # A quoted name is no more text of the value before it.
        return first.kind == self._next.kind == "string" and self._tokens[self._at + 1].text != ":"

    def _untouched(self, start: int, end: int) -> bool:
        first = bisect_left(self._changed, start)
        return first == len(self._changed) or self._changed[first] > end

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        self._at += 1
        return self._tokens[self._at - 1]
