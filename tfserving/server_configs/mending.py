"""Broken text made whole: where it breaks, the one smallest change after which most of the rest reads well.

One mistake is so told once, and what stands behind it is still read. The way is Burke and Fisher's ("A practical method
for LR and LL syntactic error diagnosis and recovery", 1987): every change near the place is tried on what follows.
"""

from typing import Final, NamedTuple

from google.protobuf.descriptor import Descriptor

from tfserving.server_configs.changes import (
    AHEAD,
    BRACKETS,
    CLOSERS,
    OPENING,
    REPLACEMENT,
    Change,
    bracket_weight,
    changes,
)
from tfserving.server_configs.grammar import State, is_map_entry, start, step
from tfserving.server_configs.mending_words import Break, advice
from tfserving.server_configs.tokens import MAX_MISTAKES, Mistake, Source, Token

# A change after which so many tokens read well is a remedy; which of several is then decided by the brackets first.
_ENOUGH: Final = 4
_WORDS: Final = frozenset({"number", "name", "string"})


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
        self._surplus = sum(map(bracket_weight, tokens))

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
        best = min(changes(self.tokens, self._states, index), key=lambda change: self._cost(change, index))
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
            return -REPLACEMENT
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
        return sum(map(bracket_weight, change.inserted)) - sum(map(bracket_weight, removed))

    def _left_after(self, change: Change, index: int) -> int:
        """How many tokens would still be left where the text breaks next; one that breaks no later is no remedy."""
        end = min(len(self.tokens), index + AHEAD)
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

    def _apply(self, change: Change, index: int) -> None:
        replaced = self.tokens[change.at : change.at + change.removed]
        before, found = self.tokens[change.at - 1] if change.at else None, self.tokens[change.at]
        noticed = self.tokens[index]
        hint = self._misfit() if noticed.kind == "end" else None
        breaks = Break(self._states[change.at], before, found, replaced, change.inserted, noticed, hint)
        # Pairs of a map are told of as a whole, later on.
        if not (change.cost == BRACKETS and _makes_pair(breaks)):
            self.mistakes.append(advice(breaks, self._source))
        self.places.append(found.start)
        kept = {token.start for token in change.inserted if token.end > token.start}
        self.left_out += [token.start for token in replaced if token.start not in kept]
        self._surplus += self._weight(change)
        self.tokens[change.at : change.at + change.removed] = change.inserted
        del self._states[max(1, change.at) :]
        self._doubt(change)

    def _misfit(self) -> Token | None:
        """The first closing bracket left of where the line it closes begins: one before it is missing."""
        opened: list[Token] = []
        for token in self.tokens:
            if token.kind == "symbol" and token.text in OPENING:
                opened.append(token)
            elif token.kind == "symbol" and token.text in CLOSERS and opened:
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
