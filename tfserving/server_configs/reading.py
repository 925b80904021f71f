"""A server config held against its message: known names, right types, nothing twice."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final, TypeVar, cast

from google.protobuf import text_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from tfserving.errors import Problem, ServerConfigError
from tfserving.server_configs.document import Block, DocumentError, Field, Scalar, parse_document

MessageT = TypeVar("MessageT", bound=Message)

_WRAPPER = re.compile(r"google\.protobuf\.\w+Value")
# Narrower than protobuf's Python parser: the server's C++ parser knows neither '1_000' nor '+5' nor '\q'.
_INTEGER = re.compile(r"-?(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)")
_FLOAT = re.compile(r"-?(\.?[0-9][0-9A-Za-z.+-]*|[A-Za-z]+)")
_ESCAPED = re.compile(
    r"""(?: [^\\] | \\ (?:
        [abfnrtv\\?'"] | (?! [4-7][0-7][0-7] ) [0-7] | x[0-9a-fA-F] | u[0-9a-fA-F]{4} | U00[01][0-9a-fA-F]{5}
    ) )*""",
    re.VERBOSE,
)
_FORMS: Final[Mapping[int, re.Pattern[str]]] = {
    FieldDescriptor.TYPE_INT32: _INTEGER,
    FieldDescriptor.TYPE_INT64: _INTEGER,
    FieldDescriptor.TYPE_UINT32: _INTEGER,
    FieldDescriptor.TYPE_DOUBLE: _FLOAT,
    FieldDescriptor.TYPE_STRING: _ESCAPED,
    FieldDescriptor.TYPE_BYTES: _ESCAPED,
}
_TYPES: Final[Mapping[int, str]] = {
    FieldDescriptor.TYPE_INT32: "a whole number from -2147483648 to 2147483647",
    FieldDescriptor.TYPE_INT64: "a whole number from -9223372036854775808 to 9223372036854775807",
    FieldDescriptor.TYPE_UINT32: "a whole number from 0 to 4294967295",
    FieldDescriptor.TYPE_BOOL: "true or false",
    FieldDescriptor.TYPE_DOUBLE: "a number",
}


@dataclass(frozen=True)
class Entry:
    """One field as it stands in a file: a value, or fields of its own.

    `value` is None for groups and for what was `refused`; `whole` is False when something directly inside was
    refused, so that a rule does not call missing what is only misspelt.
    """

    where: str
    source: str = ""
    value: bool | int | float | str | bytes | None = None
    fields: Mapping[str, tuple["Entry", ...]] = field(default_factory=dict)
    whole: bool = True
    refused: bool = False

    def all(self, name: str) -> tuple["Entry", ...]:
        """Every occurrence of a field, in the file's order."""
        return self.fields.get(name, ())

    def get(self, name: str) -> "Entry | None":
        """The first occurrence of a field, if there is one."""
        return next(iter(self.all(name)), None)


@dataclass(frozen=True)
class Reading:
    """What a file says and what is wrong with how it says it; `root` is None for broken text."""

    root: Entry | None
    problems: tuple[Problem, ...]


def read(text: str, origin: str, message_type: type[Message]) -> Reading:
    """Hold a text against a message type; `origin` is the file as the operator knows it."""
    try:
        document = parse_document(text)
    except DocumentError as error:
        return Reading(None, (Problem(f"{origin}:{error.position}", error.message),))
    walk = _Walk(origin)
    root = walk.entry(f"{origin}:1:1", document, cast(Descriptor, message_type.DESCRIPTOR))
    if not walk.problems:
        walk.problems.extend(_last_word(text, origin, message_type()))
    return Reading(root, tuple(walk.problems))


def parsed(text: str, origin: str, message_type: type[MessageT]) -> MessageT:
    """The message a text stands for; raises ServerConfigError with every mistake of form."""
    reading = read(text, origin, message_type)
    if reading.problems:
        raise ServerConfigError(reading.problems)
    message = message_type()
    text_format.Parse(text, message)
    return message


def checked(
    text: str, origin: str, message_type: type[Message], rules: Callable[[Entry], Iterable[Problem]]
) -> list[Problem]:
    """Every mistake of form, and what the rules make of the rest, from the top of the file to its end."""
    reading = read(text, origin, message_type)
    found = [] if reading.root is None else list(rules(reading.root))
    return sorted([*reading.problems, *found], key=_line_and_column)


def _line_and_column(problem: Problem) -> tuple[int, int]:
    line, column = problem.where.rsplit(":", 2)[1:]
    return int(line), int(column)


def _last_word(text: str, origin: str, message: Message) -> Iterator[Problem]:
    # protobuf decides what is valid; reaching a complaint here means that the walk above was too lenient.
    try:
        text_format.Parse(text, message)
    except text_format.ParseError as error:
        yield Problem(
            f"{origin}:{error.GetLine() or 1}:{error.GetColumn() or 1}",
            f"protobuf refuses this: {error}. Correct the text there.",
        )


class _Walk:
    """Collects problems on the way down through the fields."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self.problems: list[Problem] = []

    def entry(self, where: str, block: Block, descriptor: Descriptor) -> Entry:
        found: dict[str, tuple[Entry, ...]] = {}
        whole = True
        for item in block.fields:
            known = descriptor.fields_by_name.get(item.name)
            if known is None and descriptor.full_name == "google.protobuf.Any" and item.name.startswith("["):
                continue  # the packed message of some other type, for protobuf to judge
            if known is None:
                self._unknown(item, descriptor)
                whole = False
                continue
            self._alone(item, known, found)
            entries = tuple(self._values(item, known, descriptor))
            whole = whole and not any(entry.refused for entry in entries)
            found[item.name] = found.get(item.name, ()) + entries
        return Entry(where, fields=found, whole=whole)

    def _unknown(self, item: Field, descriptor: Descriptor) -> None:
        names = sorted(descriptor.fields_by_name)
        close = get_close_matches(item.name, names, n=1)
        remedy = f"Perhaps {close[0]!r} was meant." if close else f"Known here: {', '.join(names) or 'none'}."
        self._refuse(item, f"{item.name!r} is not a field of {descriptor.name}. {remedy}")

    def _alone(self, item: Field, known: FieldDescriptor, found: Mapping[str, tuple[Entry, ...]]) -> None:
        if known.is_repeated:
            return
        if item.listed:
            self._refuse(item, f"{item.name!r} takes one value, not a list. Write it without the brackets.")
        for first in found.get(item.name, ())[:1]:
            self._refuse(item, f"{item.name!r} may stand here once; the first is at {first.where}. Remove one of them.")
        rivals = known.containing_oneof.fields if known.containing_oneof else []
        for rival in (other.name for other in rivals if other.name != item.name and other.name in found):
            self._refuse(item, f"{item.name!r} and {rival!r} exclude each other. Remove one of them.")

    def _values(self, item: Field, known: FieldDescriptor, owner: Descriptor) -> Iterator[Entry]:
        for value in item.values:
            where = f"{self._origin}:{value.position}"
            if known.message_type is not None and isinstance(value, Block):
                yield self.entry(where if item.listed else f"{self._origin}:{item.position}", value, known.message_type)
            elif known.message_type is None and isinstance(value, Scalar) and item.colon:
                yield self._scalar(where, value, known, owner)
            else:
                self._refuse(item, _shape(item, known, value))
                yield Entry(where, refused=True)

    def _scalar(self, where: str, value: Scalar, known: FieldDescriptor, owner: Descriptor) -> Entry:
        converted = _convert(value.source, known, owner)
        if converted is not None:
            return Entry(where, value.source, converted)
        message = f"{known.name!r} is {value.source}, but must be {_wanted(value, known)}."
        self.problems.append(Problem(where, message))
        return Entry(where, value.source, refused=True)

    def _refuse(self, item: Field, message: str) -> None:
        self.problems.append(Problem(f"{self._origin}:{item.position}", message))


def _wanted(value: Scalar, known: FieldDescriptor) -> str:
    if known.type not in (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES):
        return f"{_TYPES.get(known.type, 'a name of its enum')}. Correct the value"
    if value.source[0] in "\"'":
        return "UTF-8 text with valid escapes. Write a backslash as two"
    return f'text in quotes. Write "{value.source}"'


def _shape(item: Field, known: FieldDescriptor, value: Scalar | Block) -> str:
    if known.message_type is None:
        return f"{item.name!r} is a single value. Write it as '{item.name}: ...'."
    if _WRAPPER.fullmatch(known.message_type.full_name) and isinstance(value, Scalar):
        return f"{item.name!r} wraps its value. Write '{item.name} {{ value: {value.source} }}'."
    return f"{item.name!r} is a group of fields. Write it as '{item.name} {{ ... }}'."


def _convert(source: str, known: FieldDescriptor, owner: Descriptor) -> bool | int | float | str | bytes | None:
    form = _FORMS.get(known.type)
    if form and not form.fullmatch(source):
        return None
    holder = GetMessageClass(owner)()
    try:
        text_format.Parse(f"{known.name}: {source}", holder)
    except text_format.ParseError:
        return None
    held = getattr(holder, known.name)
    value: bool | int | float | str | bytes = held[0] if known.is_repeated else held
    return value
