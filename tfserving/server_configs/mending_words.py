"""What is said of each change that makes a broken text whole: what stands there, the rule, the remedy."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from tfserving.server_configs.grammar import ANYTHING, Frame, State
from tfserving.server_configs.tokens import Mistake, Source, Token, short

_OPENED_BY: Final = {"}": "{", ">": "<", "]": "["}
_EXPECTED: Final = {
    "name": "the name of a field",
    "after": "the name of a field",
    "text": "the name of a field",
    "colon": "':' or '{'",
    "value": "a value",
    "minus": "a number",
    "first": "a value or ']'",
    "item": "a value",
    "next": "',' or ']'",
    "item text": "',' or ']'",
}
_MEANINGLESS = "outside of quotes and comments only letters, digits and the signs {}<>[]:,;#- do"


class Break(NamedTuple):
    """A change to a broken text: the state and the token before it, the token it begins at, what goes and what comes.

    `noticed` is the token that showed it, and `misfit` a closing bracket whose indentation tells where one is missing.
    """

    state: State
    before: Token | None
    found: Token
    removed: Sequence[Token]
    inserted: Sequence[Token]
    noticed: Token
    misfit: Token | None


def advice(change: Break, source: Source) -> Mistake:
    """What to tell of a change, at the place of its cause."""
    words = _Words(change, source)
    if not change.inserted:
        return words.removed()
    if len(change.inserted) > 1 and change.removed:
        return words.wrapped()
    return words.replaced() if change.removed else words.added()


class _Words:
    def __init__(self, change: Break, source: Source) -> None:
        self._change = change
        self._source = source

    def removed(self) -> Mistake:
        [token] = self._change.removed
        mode = self._change.state.mode
        if token.kind == "junk":
            return self._at(
                token, f"{short(token.text)!r} means nothing here; {_MEANINGLESS}. Remove it, or quote the text."
            )
        if token.kind == "symbol" and token.text in "}>]":
            return self._at(token, self._extra_closing(token))
        if token.kind == "name" and mode in ("name", "after", "text"):
            message = (
                f"{short(token.text)!r} stands alone: a field goes on with ':' or '{{'. Give it a value, or remove it."
            )
            return self._at(token, message)
        if token.text == "-" and mode in ("name", "after", "text"):
            return self._at(
                token,
                "Expected the name of a field but found '-'. Lists have no dashes; name the field before each value.",
            )
        if token is not self._change.noticed:
            return self._at(token, f"{_shown(token)} has no place before {_shown(self._change.noticed)}. Remove it.")
        return self._at(token, f"Expected {_EXPECTED[mode]} but found {_shown(token)}. Remove it.")

    def _extra_closing(self, token: Token) -> str:
        frame = self._change.state.frame
        noticed = self._change.noticed
        if token.text != frame.closer or noticed is token:
            return f"This {token.text!r} closes nothing that is open. Remove it."
        return (
            f"This {token.text!r} closes {_name(frame)}, opened at {self._opening(frame)}, before {_shown(noticed)} at "
            f"{self._place(noticed)}, which does not fit behind it. Remove it."
        )

    def wrapped(self) -> Mistake:
        inserted = self._change.inserted
        first, last = inserted[1], self._change.removed[-1]
        written = " ".join(self._source.text[first.start : last.end].rstrip(",; ").split())
        name = short(self._change.state.name)
        if inserted[0].text == "{":
            return self._at(first, f"{name!r} is a group of fields. Write it as '{name} {{ {short(written)} }}'.")
        written = written if "," in written else ", ".join(written.split())
        return self._at(
            first,
            f"Several values of {name!r} stand here without brackets. Write '{name}: [{short(written)}]', or name "
            "the field before each.",
        )

    def replaced(self) -> Mistake:
        [token], [right] = self._change.removed, self._change.inserted
        state = self._change.state
        if right.text and right.text == state.frame.closer and token.text in ("}", ">", "]"):
            opened = f"{_OPENED_BY[right.text]!r} at {self._opening(state.frame)}"
            return self._at(token, f"{token.text!r} does not close the {opened}. Write {right.text!r}.")
        if right.text and right.text == state.frame.closer:
            return self._at(
                token,
                f"{_shown(token)} stands where {right.text!r} belongs, to close the {_OPENED_BY[right.text]!r} of "
                f"{_name(state.frame)} at {self._opening(state.frame)}. Write {right.text!r}.",
            )
        return self._at(
            token, f"{_shown(token)} stands where {_wanted(right, state)} belongs. Write that in its place."
        )

    def added(self) -> Mistake:
        right = self._change.inserted[-1]
        found, state = self._change.found, self._change.state
        if right.kind == "symbol" and right.text in "}>]":
            return self._unclosed()
        if right.kind == ANYTHING:
            place = found if state.frame.closer == "]" or self._change.before is None else self._change.before
            return self._at(place, f"{short(state.name)!r} has no value before {_shown(found)}. Write one.")
        if right.kind == "name":
            known = state.frame.descriptor.fields_by_name if state.frame.descriptor else ()
            choice = f" Known here: {', '.join(sorted(known))}." if known else ""
            return self._at(found, f"The name of a field is missing before {_shown(found)}. Write it.{choice}")
        return self._at(found, self._missing(right.text))

    def _missing(self, symbol: str) -> str:
        name, found = self._change.state.name, _shown(self._change.found)
        if symbol == ":":
            return f"Expected ':' between {short(name)!r} and its value but found {found}. Add it."
        if symbol == "{":
            return f"{short(name)!r} is a group of fields, but found {found} where it begins. Add the missing '{{'."
        if symbol == ",":
            place = self._opening(self._change.state.frame)
            return f"Expected ',' or ']' of the list at {place} but found {found}. Add it."
        return f"A {symbol!r} is missing before {found}. Add it."

    def _unclosed(self) -> Mistake:
        frames = self._closed()
        found = self._change.found
        missing = " ".join(frame.closer for frame in frames)
        signs = [_OPENED_BY[frame.closer] for frame in frames]
        opened = " and ".join(
            f"{sign!r} of {_name(frame)} at {self._opening(frame)}" for sign, frame in zip(signs, frames, strict=True)
        )
        if found.kind != "end":
            outer = frames[-1].outer
            fits = (
                f", a field of {outer.descriptor.name}," if outer and outer.descriptor and found.kind == "name" else ""
            )
            message = (
                f"{_shown(found)}{fits} stands before the {opened} is closed. Add the missing {missing!r} before it."
            )
            return self._at(found, message)
        misfit = self._change.misfit
        hint = f", by the indentation before {self._place(misfit)}" if misfit else ""
        opened = f"This {signs[0]!r} is" if len(frames) == 1 else f"{opened} are"
        message = f"{opened} never closed. Add the missing {missing!r}{hint}."
        return self._at(frames[-1].opening or found, message)

    def _closed(self) -> list[Frame]:
        frames = []
        frame: Frame | None = self._change.state.frame
        for token in self._change.inserted:
            if token.kind == "symbol" and frame:
                frames.append(frame)
                frame = frame.outer
        return frames

    def _opening(self, frame: Frame) -> str:
        return self._place(frame.opening) if frame.opening else "1:1"

    def _place(self, token: Token) -> str:
        return str(self._source.at(token.start))

    def _at(self, token: Token, message: str) -> Mistake:
        return Mistake(self._source.at(token.start), message)


def _wanted(token: Token, state: State) -> str:
    if token.kind == ANYTHING:
        return f"the value of {short(state.name)!r}" if state.name else "a value"
    return repr(token.text) if token.text else "the name of a field"


def _shown(token: Token) -> str:
    return "the end of the file" if token.kind == "end" else repr(short(token.text))


def _name(frame: Frame) -> str:
    return repr(short(frame.name)) if frame.name else "a group"
