"""The small changes that may make a broken text whole, near the token at which it breaks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from google.protobuf.descriptor import Descriptor

from tfserving.server_configs.grammar import ANYTHING, State, is_map_entry
from tfserving.server_configs.tokens import Token

# How many tokens before the break may be its cause, and how far a change is tried on what follows.
_BACK: Final = 3
AHEAD: Final = 1000
# How many open brackets may be closed at once.
_DEPTH: Final = 32
# What the kinds of changes cost: of those that mend as much, the cheapest is told.
_COMMA: Final = 1
BRACKETS: Final = 1
_DELETION: Final = 2
_INSERTION: Final = 4
REPLACEMENT: Final = 6
_SYMBOLS: Final = (":", "{", "}", "[", "]", ",")
OPENING: Final = frozenset("{<")
CLOSERS: Final = frozenset("}>")


@dataclass(frozen=True)
class Change:
    """Tokens from `at` on that are left out, and those put in their place."""

    at: int
    removed: int
    inserted: tuple[Token, ...]
    cost: int


def changes(tokens: Sequence[Token], states: Sequence[State], index: int) -> Iterator[Change]:
    """Every change to try where a text breaks at a token; `states` are those before each token up to it."""
    yield from _Changes(tokens, states).at(index)


def bracket_weight(token: Token) -> int:
    """1 for an opening bracket of a group, -1 for a closing one, 0 for anything else."""
    if token.kind != "symbol":
        return 0
    return (token.text in OPENING) - (token.text in CLOSERS)


class _Changes:
    def __init__(self, tokens: Sequence[Token], states: Sequence[State]) -> None:
        self._tokens = tokens
        self._states = states

    def at(self, index: int) -> Iterator[Change]:
        """Those that are near, the composed ones first."""
        ends = self._tokens[index].kind == "end"
        yield from self._closings(index)
        yield from self._groups(index)
        if self._states[index].mode == "next" and self._tokens[index].kind in ("number", "string", "name"):
            offset = self._tokens[index].start
            yield Change(index, 0, (Token("symbol", ",", offset, offset),), _COMMA)
        for at in range(max(0, index - _BACK), index + 1):
            yield from (Change(at, 0, (token,), _INSERTION) for token in self._insertions(at))
            if at < index or not ends:
                yield Change(at, 1, (), _DELETION)
                yield from (Change(at, 1, (token,), REPLACEMENT) for token in self._insertions(at))

    def _insertions(self, at: int) -> Iterator[Token]:
        offset = self._tokens[at].start
        closer = self._states[at].frame.closer
        for text in _SYMBOLS:
            # Whichever bracket was meant: the one that closes it tells.
            text = closer if text == "}" and closer == ">" else text
            if text == ":" and at and self._tokens[at - 1].kind == "string":
                continue
            yield Token("symbol", text, offset, offset, doubtful=text == "{")
        yield Token(ANYTHING, "", offset, offset, doubtful=True)
        yield Token("name", "", offset, offset, doubtful=True)

    def _closings(self, index: int) -> Iterator[Change]:
        """Every number of open brackets closed at once."""
        offset = self._tokens[index].start
        state = self._states[index]
        value = Token(ANYTHING, "", offset, offset, doubtful=True)
        closers: tuple[Token, ...] = (value,) if state.mode == "value" else ()
        frame = state.frame
        while frame.outer and len(closers) < _DEPTH:
            closers += (Token("symbol", frame.closer, offset, offset),)
            yield Change(index, 0, closers, _INSERTION)
            frame = frame.outer

    def _groups(self, index: int) -> Iterator[Change]:
        """Brackets around several values, or around several fields, that stand there without them."""
        state = self._states[index]
        begin = self._value_before(index)
        if begin is not None:
            if self._tokens[begin - 1].doubtful and _is_colon(self._tokens[begin - 1]):
                yield self._opened_by_sign(begin)
            yield from self._wrapped(begin, self._values_end(begin), "[]")
        group = state.field.message_type if state.field else None
        if state.mode in ("value", "colon") and group:
            yield from self._wrapped(index, self._pairs_end(index, group), "{}")

    def _wrapped(self, begin: int, end: int, brackets: str) -> Iterator[Change]:
        if end <= begin + 1:
            return
        first, last = self._tokens[begin].start, self._tokens[end - 1].end
        closed = self._tokens[end].text == brackets[1] and brackets == "[]"
        inserted = (
            Token("symbol", brackets[0], first, first),
            *(self._parted(begin, end) if brackets == "[]" else self._tokens[begin:end]),
            *(() if closed else (Token("symbol", brackets[1], last, last),)),
        )
        yield Change(begin, end - begin, inserted, BRACKETS)

    def _parted(self, at: int, end: int) -> Iterator[Token]:
        """The values of a list, a ',' between any two of them; which are meant is no longer certain."""
        after = self._value_end(at)
        yield from (token._replace(doubtful=True) for token in self._tokens[at:after])
        while after < end:
            at = after + (self._tokens[after].text == ",")
            yield Token("symbol", ",", self._tokens[after].start, self._tokens[after].end)
            after = self._value_end(at)
            yield from (token._replace(doubtful=True) for token in self._tokens[at:after])

    def _opened_by_sign(self, begin: int) -> Change:
        """A list whose '[' was written as a sign that was taken for ':'."""
        sign = self._tokens[begin - 1]
        return Change(begin - 1, 1, (Token("symbol", "[", sign.start, sign.start),), BRACKETS)

    def _value_before(self, index: int) -> int | None:
        """Where the value begins that ends before a token, or before the ',' before it."""
        at = index - 1 if index and self._tokens[index - 1].text != "," else index - 2
        if at < 0 or self._states[at + 1].mode not in ("after", "text"):
            return None
        if self._tokens[at].text not in CLOSERS:
            while at > 0 and self._states[at].mode not in ("value", "name", "after"):
                at -= 1
            return at if self._states[at].mode == "value" else None
        frame = self._states[at].frame
        while at > 0 and frame.outer and self._states[at].frame.opening is not frame.outer.opening:
            at -= 1
        return at if self._states[at].mode in ("value", "colon") else None

    def _values_end(self, at: int) -> int:
        end = self._value_end(at)
        while self._tokens[end].text == "," or self._tokens[end].kind in ("number", "string"):
            after = self._value_end(end + 1 if self._tokens[end].text == "," else end)
            if self._tokens[after].text in (":", "{", "<") or (after <= end + 1 and self._tokens[end].text == ","):
                break
            end = after
        return end

    def _value_end(self, at: int) -> int:
        """The end of the one value at a place; the place itself if none stands there."""
        if self._tokens[at].text in OPENING:
            return self._bracket_end(at)
        if self._tokens[at].text == "-":
            at += 1
        return at + (self._tokens[at].kind in ("number", "string", "name"))

    def _bracket_end(self, at: int) -> int:
        depth = 0
        for end in range(at, min(len(self._tokens), at + AHEAD)):
            depth += bracket_weight(self._tokens[end])
            if depth == 0:
                return end + 1
        return at

    def _pairs_end(self, at: int, group: Descriptor) -> int:
        """The end of the fields of a group, or of what may be pairs of a map, that stand there without brackets."""
        outside = self._states[at].frame.descriptor
        end = at
        while self._tokens[end].kind in ("name", "string") and self._tokens[end + 1].text in (":", "{", "<"):
            value = end + 1 + (self._tokens[end + 1].text == ":")
            name, after = self._tokens[end].text, self._value_end(value)
            fits = name in group.fields_by_name or (
                is_map_entry(group) and outside and name not in outside.fields_by_name
            )
            if not fits or after == value:
                break
            end = after + (self._tokens[after].text in (",", ";"))
        return end


def _is_colon(token: Token) -> bool:
    return token.kind == "symbol" and token.text == ":"
