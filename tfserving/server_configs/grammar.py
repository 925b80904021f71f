"""Which token may follow which, as a machine of states: any place of a text can be tried on with other tokens.

Told the message type of a text, it also stops where a field stands in a block that does not know it but where
another block would: that is how a missing or an extra bracket shows, long before the end of the text.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import Final, Literal, NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from tfserving.server_configs.tokens import Token

CLOSING: Final = {"{": "}", "<": ">", "[": "]"}
# The kind of a token that stands for a value of any kind, where one is missing.
ANYTHING: Final = "anything"
# Comparing names takes the square of their length.
_LONGEST_NAME: Final = 100
_VALUES: Final = frozenset({"number", "name", "string"})

Mode = Literal["name", "after", "text", "colon", "value", "minus", "first", "item", "next", "item text", "done"]


class Frame(NamedTuple):
    """An open bracket, or the whole text: what closes it, what may stand in it, and what is around it.

    `descriptor` is None where nothing is known of the fields, and `field` None where nothing is of a list's values.
    `seen` has the single fields that it holds already.
    """

    closer: str
    descriptor: Descriptor | None
    field: FieldDescriptor | None
    opening: Token | None
    name: str
    outer: "Frame | None"
    seen: frozenset[str] = frozenset()


class State(NamedTuple):
    """What was read so far, as far as it matters for what may follow."""

    mode: Mode
    field: FieldDescriptor | None
    name: str
    frame: Frame


def start(descriptor: Descriptor | None) -> State:
    """The state before the first token of a text."""
    return State("name", None, "", Frame("", descriptor, None, None, "", None))


def step(state: State, token: Token, following: Token, *, lenient: bool = False) -> State | None:
    """The state after a token, or None if it must not stand there; `lenient` lets fields be of the wrong kind."""
    if state.mode in ("name", "after", "text"):
        return _in_block(state, token, following, lenient)
    if state.mode in ("next", "item text"):
        return _in_list(state, token)
    if state.mode == "colon":
        return _after_name(state, token, lenient)
    if state.mode == "minus":
        return _completed(state.frame) if token.kind in ("number", "name") else None
    return _value(state, token, following, lenient)


def _in_block(state: State, token: Token, following: Token, lenient: bool) -> State | None:
    frame = state.frame
    if token.kind == "string" and following.text != ":":
        return state if state.mode == "text" else None
    if token.kind in ("name", "string"):
        return _named(frame, token, lenient)
    if token.kind == "symbol":
        if frame.outer and (token.text == frame.closer or _closes_doubtful(frame, token)):
            return _completed(frame.outer)
        if token.text in ",;" and state.mode != "name":
            return State("name", None, "", frame)
    return State("done", None, "", frame) if token.kind == "end" and not frame.outer else None


def _closes_doubtful(frame: Frame, token: Token) -> bool:
    return frame.opening is not None and frame.opening.doubtful and token.text in "}>]"


def _named(frame: Frame, token: Token, lenient: bool) -> State | None:
    name = token.text.strip("\"'")
    descriptor = frame.descriptor
    if descriptor is None:
        return State("colon", None, name, frame)
    known = descriptor.fields_by_name.get(name)
    elsewhere = known is None and _belongs_elsewhere(descriptor, name, frame)
    if not lenient and (elsewhere or name in frame.seen):
        return None
    if known and not known.is_repeated:
        frame = frame._replace(seen=frame.seen | {name})
    return State("colon", known or (None if elsewhere else meant_field(descriptor, name)), name, frame)


def _belongs_elsewhere(descriptor: Descriptor, name: str, frame: Frame) -> bool:
    around = [frame]
    while around[-1].outer:
        around.append(around[-1].outer)
    if is_map_entry(descriptor):
        # A map's own names may be keys, as other languages write them.
        return any(each.descriptor and name in each.descriptor.fields_by_name for each in around)
    return name in all_names(around[-1].descriptor)


def _after_name(state: State, token: Token, lenient: bool) -> State | None:
    if token.kind != "symbol":
        return None
    if token.text == ":":
        return state._replace(mode="value")
    return _opened(state, token, lenient)


def _sure(state: State) -> FieldDescriptor | None:
    """The field of this very name; none for the one that a wrong name may stand for."""
    return state.field if state.field and state.field.name == state.name else None


def _opened(state: State, token: Token, lenient: bool) -> State | None:
    field = _sure(state)
    if token.text == "[" and state.mode in ("colon", "value"):
        if field and not lenient and (not field.is_repeated or (state.mode == "colon" and not field.message_type)):
            return None
        values = None if lenient else state.field
        return State("first", values, state.name, Frame("]", None, values, token, state.name, state.frame))
    if token.text not in "{<":
        return None
    in_pair = state.frame.descriptor is not None and is_map_entry(state.frame.descriptor)
    if not lenient and ((field and not field.message_type) or (in_pair and not field)):
        return None
    inner = state.field.message_type if state.field else None
    return State("name", None, "", Frame(CLOSING[token.text], inner, None, token, state.name, state.frame))


def _value(state: State, token: Token, following: Token, lenient: bool) -> State | None:
    if token.kind == ANYTHING:
        return _completed(state.frame)
    if token.kind in _VALUES:
        if not lenient and (_begins_a_field(state.frame, token, following) or _is_group(_sure(state))):
            return None
        if token.kind == "string":
            return State(_either(state.frame, "item text", "text"), state.field, state.name, state.frame)
        return _completed(state.frame)
    if token.kind != "symbol":
        return None
    if token.text == "-":
        return None if _is_group(_sure(state)) and not lenient else state._replace(mode="minus")
    if token.text == "]" and state.mode == "first" and state.frame.outer:
        return _completed(state.frame.outer)
    return _opened(state, token, lenient)


def _begins_a_field(frame: Frame, token: Token, following: Token) -> bool:
    block = frame.outer if frame.closer == "]" and frame.outer else frame
    known = block.descriptor is not None and token.text in block.descriptor.fields_by_name
    return token.kind == "name" and known and following.kind == "symbol" and following.text in ":{<["


def _in_list(state: State, token: Token) -> State | None:
    if token.kind == "string":
        return state if state.mode == "item text" else None
    if token.kind != "symbol":
        return None
    if token.text == ",":
        return State("item", state.frame.field, state.frame.name, state.frame)
    return _completed(state.frame.outer) if token.text == "]" and state.frame.outer else None


def _completed(frame: Frame) -> State:
    return State(_either(frame, "next", "after"), frame.field, frame.name, frame)


def _either(frame: Frame, in_list: Mode, in_block: Mode) -> Mode:
    return in_list if frame.closer == "]" else in_block


def _is_group(field: FieldDescriptor | None) -> bool:
    return field is not None and field.message_type is not None


def is_map_entry(descriptor: Descriptor) -> bool:
    """Tell whether a message is one pair of a map."""
    return bool(descriptor.GetOptions().map_entry)


@lru_cache(maxsize=1000)
def meant_field(descriptor: Descriptor, name: str) -> FieldDescriptor | None:
    """The field that a wrong name most likely stands for: other case, dashes, or a slip of the pen."""
    if is_map_entry(descriptor) or name.startswith("[") or len(name) > _LONGEST_NAME:
        return None
    fields = descriptor.fields_by_name
    by_letters = {_letters(each): each for each in fields}
    close = get_close_matches(_letters(name), by_letters, n=1)
    return fields[by_letters[close[0]]] if close else None


def _letters(name: str) -> str:
    return name.replace("_", "").replace("-", "").replace(".", "").lower()


@cache
def all_names(descriptor: Descriptor | None) -> frozenset[str]:
    """The names of all fields of a message type and of those within it."""
    return frozenset(field for each in messages_of(descriptor) for field in each.fields_by_name)


def messages_of(root: Descriptor | None) -> Iterator[Descriptor]:
    """A message type and all those within its fields, each once, the outermost first."""
    waiting, seen = [root] if root else [], set()
    while waiting:
        descriptor = waiting.pop(0)
        if descriptor.full_name not in seen:
            seen.add(descriptor.full_name)
            yield descriptor
            waiting += [field.message_type for field in descriptor.fields if field.message_type]
