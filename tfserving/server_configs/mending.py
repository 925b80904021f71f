"""Broken text made whole: where it breaks, the one smallest change after which most of the rest reads well.

One mistake is so told once, and what stands behind it is still read. The way is Burke and Fisher's ("A practical method
for LR and LL syntactic error diagnosis and recovery", 1987): every change near the place is tried on what follows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from google.protobuf.descriptor import Descriptor

from tfserving.server_configs.grammar import ANYTHING, State, is_map_entry, start, step
from tfserving.server_configs.mending_words import Break, advice
from tfserving.server_configs.tokens import MAX_MISTAKES, Mistake, Source, Token

# How many tokens before the break may be its cause, and how far a change is tried on what follows.
_BACK: Final = 3
_AHEAD: Final = 1000
# A change after which so many tokens read well is a remedy; which of several is then decided by the brackets first.
_ENOUGH: Final = 4
# How many open brackets may be closed at once.
_DEPTH: Final = 32
# What the kinds of changes cost: of those that mend as much, the cheapest is told.
_COMMA: Final = 1
_BRACKETS: Final = 1
_DELETION: Final = 2
_INSERTION: Final = 4
_REPLACEMENT: Final = 6
_WORDS: Final = frozenset({"number", "name", "string"})
_SYMBOLS: Final = (":", "{", "}", "[", "]", ",")
_OPENING: Final = frozenset("{<")
_CLOSERS: Final = frozenset("}>")


@dataclass(frozen=True)
class Change:
    """Tokens from `at` on that are left out, and those put in their place."""

    at: int
    removed: int
    inserted: tuple[Token, ...]
    cost: int


class Outcome(NamedTuple):
    """Tokens that follow each other as they may (none if that was given up), what was told, and at which offsets.

    `left_out` has the offsets of the tokens that were left out or replaced.
    """

    tokens: list[Token]
    mistakes: list[Mistake]
    places: list[int]
    left_out: list[int]


def mend(tokens: list[Token], source: Source, descriptor: Descriptor | None) -> Outcome:
    """Tokens as a message of the type could have them, those touched marked as doubtful; the list given is changed."""
    mender = _Mender(tokens, source, descriptor)
    mender.run()
    return Outcome(mender.tokens, mender.mistakes, mender.places, mender.left_out)


class _Mender:
    def __init__(self, tokens: list[Token], source: Source, descriptor: Descriptor | None) -> None:
        self.tokens = tokens
        self.mistakes: list[Mistake] = []
        self.places: list[int] = []
        self.left_out: list[int] = []
        self._source = source
        self._states = [start(descriptor)]
        # How many brackets of a kind are too many, by which changes that reach as far are told apart.
        self._surplus = sum(map(_weight, tokens))

    def run(self) -> None:
        while self._states[-1].mode != "done":
            index = len(self._states) - 1
            state = self._step(index)
            if state:
                self._states.append(state)
            elif len(self.mistakes) < MAX_MISTAKES:
                self._mend(index)
            else:
                message = f"The text breaks here once more, after {MAX_MISTAKES} other mistakes. Correct those first."
                self.mistakes.append(Mistake(self._source.at(self.tokens[index].start), message))
                self.tokens = []
                return

    def _step(self, index: int, *, lenient: bool = False) -> State | None:
        following = self.tokens[min(index + 1, len(self.tokens) - 1)]
        return step(self._states[index], self.tokens[index], following, lenient=lenient)

    def _mend(self, index: int) -> None:
        tolerated = self._step(index, lenient=True)
        best = min(self._changes(index), key=lambda change: self._cost(change, index))
        if tolerated:
            # The field is told of as such later on, if leaving it as it is reads as well as any change.
            kept = Change(index + 1, 0, (), cost=0)
            self._states.append(tolerated)
            if self._cost(kept, index) <= self._cost(best, index):
                return
            self._states.pop()
        self._apply(best, index)

    def _cost(self, change: Change, index: int) -> tuple[int, int, int, int, int]:
        """What tells changes apart: whether some of the rest reads well, then the brackets, then how much of it."""
        left = self._left_after(change, index)
        enough = max(left, len(self.tokens) - index - _ENOUGH)
        balance = abs(self._surplus + self._weight(change))
        return enough, balance, left, change.cost + self._fitting(change), abs(index - change.at)

    def _fitting(self, change: Change) -> int:
        """Whether what is left out seems to be in its place, which makes it the less likely mistake."""
        if change.removed != 1:
            return 0
        token, following = self.tokens[change.at : change.at + 2]
        state = self._states[change.at]
        known = state.frame.descriptor.fields_by_name if state.frame.descriptor else {}
        if token.doubtful:
            return -_REPLACEMENT
        if following.text == ":" and change.at and self.tokens[change.at - 1].kind == "string":
            return 5
        if token.kind == "name" and token.text in known:
            begins = following.kind == "symbol" and following.text in ":{<"
            return 3 + 2 * (begins or (following.kind == "name" and following.text not in known))
        if token.kind in ("number", "string") and state.mode in ("value", "first", "item"):
            return 5
        return 0

    def _weight(self, change: Change) -> int:
        removed = self.tokens[change.at : change.at + change.removed]
        return sum(map(_weight, change.inserted)) - sum(map(_weight, removed))

    def _left_after(self, change: Change, index: int) -> int:
        """How many tokens would still be left where the text breaks next; one that breaks no later is no remedy."""
        end = min(len(self.tokens), index + _AHEAD)
        # From one token before it on, since what may follow a token depends on the next one, too.
        begin = max(0, change.at - 1) if change.removed or change.inserted else change.at
        rest = self.tokens[change.at + change.removed : end]
        trial = [*self.tokens[begin : change.at], *change.inserted, *rest]
        state: State | None = self._states[begin]
        for place, token in enumerate(trial):
            following = trial[min(place + 1, len(trial) - 1)]
            state = step(state, token, following) if state else None
            if state is None:
                return len(self.tokens) - end + len(trial) - place
        return len(self.tokens) - end

    def _changes(self, index: int) -> Iterator[Change]:
        ends = self.tokens[index].kind == "end"
        yield from self._closings(index)
        yield from self._groups(index)
        if self._states[index].mode == "next" and self.tokens[index].kind in ("number", "string", "name"):
            offset = self.tokens[index].start
            yield Change(index, 0, (Token("symbol", ",", offset, offset),), _COMMA)
        for at in range(max(0, index - _BACK), index + 1):
            yield from (Change(at, 0, (token,), _INSERTION) for token in self._insertions(at))
            if at < index or not ends:
                yield Change(at, 1, (), _DELETION)
                yield from (Change(at, 1, (token,), _REPLACEMENT) for token in self._insertions(at))

    def _insertions(self, at: int) -> Iterator[Token]:
        offset = self.tokens[at].start
        closer = self._states[at].frame.closer
        for text in _SYMBOLS:
            # Whichever bracket was meant: the one that closes it tells.
            text = closer if text == "}" and closer == ">" else text
            if text == ":" and at and self.tokens[at - 1].kind == "string":
                continue
            yield Token("symbol", text, offset, offset, doubtful=text == "{")
        yield Token(ANYTHING, "", offset, offset, doubtful=True)
        yield Token("name", "", offset, offset, doubtful=True)

    def _closings(self, index: int) -> Iterator[Change]:
        """Every number of open brackets closed at once."""
        offset = self.tokens[index].start
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
            if self.tokens[begin - 1].doubtful and _is_colon(self.tokens[begin - 1]):
                yield self._opened_by_sign(begin)
            yield from self._wrapped(begin, self._values_end(begin), "[]")
        group = state.field.message_type if state.field else None
        if state.mode in ("value", "colon") and group:
            yield from self._wrapped(index, self._pairs_end(index, group), "{}")

    def _wrapped(self, begin: int, end: int, brackets: str) -> Iterator[Change]:
        if end <= begin + 1:
            return
        first, last = self.tokens[begin].start, self.tokens[end - 1].end
        closed = self.tokens[end].text == brackets[1] and brackets == "[]"
        inserted = (
            Token("symbol", brackets[0], first, first),
            self.tokens[begin]._replace(doubtful=True),
            *self.tokens[begin + 1 : end],
            *(() if closed else (Token("symbol", brackets[1], last, last),)),
        )
        yield Change(begin, end - begin, inserted, _BRACKETS)

    def _opened_by_sign(self, begin: int) -> Change:
        """A list whose '[' was written as a sign that was taken for ':'."""
        sign = self.tokens[begin - 1]
        return Change(begin - 1, 1, (Token("symbol", "[", sign.start, sign.end),), _BRACKETS)

    def _value_before(self, index: int) -> int | None:
        """Where the value begins that ends before a token, or before the ',' before it."""
        at = index - 1 if index and self.tokens[index - 1].text != "," else index - 2
        if at < 0 or self._states[at + 1].mode not in ("after", "text"):
            return None
        if self.tokens[at].text not in _CLOSERS:
            while at > 0 and self._states[at].mode not in ("value", "name", "after"):
                at -= 1
            return at if self._states[at].mode == "value" else None
        frame = self._states[at].frame
        while at > 0 and frame.outer and self._states[at].frame.opening is not frame.outer.opening:
            at -= 1
        return at if self._states[at].mode in ("value", "colon") else None

    def _values_end(self, at: int) -> int:
        end = self._value_end(at)
        while self.tokens[end].text == "," or self.tokens[end].kind in ("number", "string"):
            after = self._value_end(end + 1 if self.tokens[end].text == "," else end)
            if self.tokens[after].text in (":", "{", "<") or (after <= end + 1 and self.tokens[end].text == ","):
                break
            end = after
        return end

    def _value_end(self, at: int) -> int:
        """The end of the one value at a place; the place itself if none stands there."""
        if self.tokens[at].text in _OPENING:
            return self._bracket_end(at)
        if self.tokens[at].text == "-":
            at += 1
        return at + (self.tokens[at].kind in ("number", "string", "name"))

    def _bracket_end(self, at: int) -> int:
        depth = 0
        for end in range(at, min(len(self.tokens), at + _AHEAD)):
            depth += _weight(self.tokens[end])
            if depth == 0:
                return end + 1
        return at

    def _pairs_end(self, at: int, group: Descriptor) -> int:
        """The end of the fields of a group, or of what may be pairs of a map, that stand there without brackets."""
        outside = self._states[at].frame.descriptor
        end = at
        while self.tokens[end].kind in ("name", "string") and self.tokens[end + 1].text == ":":
            name, after = self.tokens[end].text, self._value_end(end + 2)
            fits = name in group.fields_by_name or (
                is_map_entry(group) and outside and name not in outside.fields_by_name
            )
            if not fits or after == end + 2:
                break
            end = after + (self.tokens[after].text in (",", ";"))
        return end

    def _apply(self, change: Change, index: int) -> None:
        replaced = self.tokens[change.at : change.at + change.removed]
        before, found = self.tokens[change.at - 1] if change.at else None, self.tokens[change.at]
        noticed = self.tokens[index]
        hint = self._misfit() if noticed.kind == "end" else None
        breaks = Break(self._states[change.at], before, found, replaced, change.inserted, noticed, hint)
        # Pairs of a map are told of as a whole, later on.
        if not (change.cost == _BRACKETS and _makes_pair(breaks)):
            self.mistakes.append(advice(breaks, self._source))
        self.places.append(found.start)
        kept = {token.start for token in change.inserted if token in replaced}
        self.left_out += [token.start for token in replaced if token.start not in kept]
        self._surplus += self._weight(change)
        self.tokens[change.at : change.at + change.removed] = change.inserted
        del self._states[max(1, change.at) :]
        self._doubt(change)

    def _misfit(self) -> Token | None:
        """The first closing bracket left of where the line it closes begins: one before it is missing."""
        opened: list[Token] = []
        for token in self.tokens:
            if token.kind == "symbol" and token.text in _OPENING:
                opened.append(token)
            elif token.kind == "symbol" and token.text in _CLOSERS and opened:
                indentation = self._source.indentation(opened.pop().start)
                if self._source.begins_line(token.start) and self._source.indentation(token.start) < indentation:
                    return token
        return None

    def _doubt(self, change: Change) -> None:
        """Mark what is beside a change, so that a value which may have been meant otherwise is not refused, too."""
        parted = any(token.text in (":", ",") for token in change.inserted)
        if not change.removed and not parted and all(token.kind == "symbol" for token in change.inserted):
            return
        for at in (change.at - 1, change.at + len(change.inserted)):
            if 0 <= at < len(self.tokens) and (self.tokens[at].kind in _WORDS or self.tokens[at].text == "-"):
                self.tokens[at] = self.tokens[at]._replace(doubtful=True)


def _makes_pair(change: Break) -> bool:
    field = change.state.field
    group = field.message_type if field else None
    return change.inserted[0].text == "{" and group is not None and is_map_entry(group)


def _is_colon(token: Token) -> bool:
    return token.kind == "symbol" and token.text == ":"


def _weight(token: Token) -> int:
    if token.kind != "symbol":
        return 0
    return (token.text in _OPENING) - (token.text in _CLOSERS)
