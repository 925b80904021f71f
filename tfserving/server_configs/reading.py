"""A server config held against its message: known names, right types, nothing twice."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar, cast

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from tfserving.errors import Problem, ServerConfigError
from tfserving.server_configs.document import Block, Field, Scalar, read_document
from tfserving.server_configs.filling import expanded_type, fill
from tfserving.server_configs.foreign import foreign
from tfserving.server_configs.grammar import all_names, is_map_entry, meant_field
from tfserving.server_configs.shapes import is_wrapper, misshapen, pairs_mistake, unknown
from tfserving.server_configs.tokens import short
from tfserving.server_configs.values import Value, convert, wanted

MessageT = TypeVar("MessageT", bound=Message)

_ANY: Final = "google.protobuf.Any"


@dataclass(frozen=True)
class Entry:
    """One field as it stands in a file: a value, or fields of its own.

    `value` is None for groups and for what was `refused`; `whole` is False when something directly inside was
    refused, so that a rule does not call missing what is only misspelt.
    """

    where: str
    source: str = ""
    value: Value | None = None
    fields: Mapping[str, tuple["Entry", ...]] = field(default_factory=dict)
    whole: bool = True
    refused: bool = False

    @property
    def sound(self) -> bool:
        """Tell whether nothing in it and nothing of it was refused."""
        return self.whole and not self.refused

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
    descriptor = cast(Descriptor, message_type.DESCRIPTOR)
    document = read_document(text, descriptor)
    mistakes = document.mistakes
    if mistakes and (mistaken := foreign(text, message_type)):
        return Reading(None, (Problem(f"{origin}:{mistaken.position}", mistaken.message),))
    walk = _Walk(origin, descriptor)
    root = walk.entry(f"{origin}:1:1", document.root, descriptor) if document.root else None
    problems = [*(Problem(f"{origin}:{mistake.position}", mistake.message) for mistake in mistakes), *walk.problems]
    return Reading(root, tuple(sorted(problems, key=_line_and_column)))


def parsed(text: str, origin: str, message_type: type[MessageT]) -> MessageT:
    """The message a text stands for; raises ServerConfigError with every mistake of form."""
    reading = read(text, origin, message_type)
    if reading.problems:
        raise ServerConfigError(reading.problems)
    message = message_type()
    if reading.root:
        fill(message, reading.root)
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


class _Walk:
    """Collects problems on the way down through the fields."""

    def __init__(self, origin: str, root: Descriptor) -> None:
        self._origin = origin
        self._root = root
        self.problems: list[Problem] = []

    def entry(self, where: str, block: Block, descriptor: Descriptor) -> Entry:
        mistake = pairs_mistake(block, descriptor) if is_map_entry(descriptor) else None
        if mistake:
            self.problems.append(Problem(f"{self._origin}:{mistake.position}", mistake.message))
            return Entry(where, whole=False, refused=True)
        found: dict[str, tuple[Entry, ...]] = {}
        whole = block.whole
        often = Counter(item.name for item in block.fields)
        for item in block.fields:
            entries = self._field(item, descriptor, found, often[item.name] > 1)
            whole = whole and entries is not None and not any(entry.refused for entry in entries)
            if entries is not None:
                found[item.name] = found.get(item.name, ()) + entries
        return Entry(where, fields=found, whole=whole)

    def _field(
        self, item: Field, owner: Descriptor, found: Mapping[str, tuple[Entry, ...]], again: bool
    ) -> tuple[Entry, ...] | None:
        """What a field holds; None if it is not one of the message's."""
        if owner.full_name == _ANY and item.name.startswith("["):
            return self._expanded(item, found)
        known = owner.fields_by_name.get(item.name)
        if known is None:
            self._unknown(item, owner)
            return None
        if item.quoted:
            self._refuse(item, f"Names of fields stand without quotes. Write {item.name}.")
        if again and not known.is_repeated:
            self._twice(item, found)
            return (Entry(f"{self._origin}:{_place(item)}", refused=True),)
        self._alone(item, known, found)
        return tuple(self._values(item, known, owner))

    def _unknown(self, item: Field, owner: Descriptor) -> None:
        if item.name:
            self._refuse(item, unknown(item, owner, self._root))
        meant = meant_field(owner, item.name) if item.name not in all_names(self._root) else None
        for value in item.values:
            if meant and meant.message_type and isinstance(value, Block):
                self.entry("", value, meant.message_type)

    def _twice(self, item: Field, found: Mapping[str, tuple[Entry, ...]]) -> None:
        for first in found.get(item.name, ())[:1]:
            if not item.doubtful:
                message = f"{item.name!r} may stand here once; the first is at {first.where}. Remove one of them."
                self._refuse(item, message)

    def _alone(self, item: Field, known: FieldDescriptor, found: Mapping[str, tuple[Entry, ...]]) -> None:
        blocks = all(isinstance(value, Block) for value in item.values) or known.message_type is None
        if item.listed and not known.is_repeated and not item.doubtful and blocks:
            self._refuse(item, f"{item.name!r} takes one value, not a list. Write it without the brackets.")
        rivals = known.containing_oneof.fields if known.containing_oneof else []
        for rival in (other.name for other in rivals if other.name != item.name and other.name in found):
            self._refuse(item, f"{item.name!r} and {rival!r} exclude each other. Remove one of them.")

    def _values(self, item: Field, known: FieldDescriptor, owner: Descriptor) -> Iterator[Entry]:
        for value in item.values:
            where = f"{self._origin}:{value.position}"
            if known.message_type is not None and isinstance(value, Block):
                inner = self.entry(
                    where if item.listed else f"{self._origin}:{item.position}", value, known.message_type
                )
                listed = item.listed and not known.is_repeated
                # A wrapper stands for its value, which is as good as the wrapper is.
                broken = not inner.whole and is_wrapper(known.message_type)
                yield replace(inner, refused=inner.refused or listed or broken)
            elif known.message_type is None and isinstance(value, Scalar) and (item.colon or value.doubtful):
                yield self._scalar(where, value, known)
            else:
                if value is item.values[0] and not (isinstance(value, Scalar) and value.doubtful):
                    self._refuse(item, misshapen(item, known, value))
                yield Entry(where, refused=True)

    def _scalar(self, where: str, value: Scalar, known: FieldDescriptor) -> Entry:
        converted = None if value.doubtful else convert(value.pieces, known)
        if converted is not None:
            return Entry(where, value.source, converted)
        if not value.doubtful:
            message = f"{known.name!r} is {short(value.source)}, but must be {wanted(value.source, known)}."
            self.problems.append(Problem(where, message))
        return Entry(where, value.source, refused=True)

    def _expanded(self, item: Field, found: Mapping[str, tuple[Entry, ...]]) -> tuple[Entry, ...] | None:
        descriptor = expanded_type(item.name)
        if descriptor is None:
            self._refuse(item, f"{short(item.name)} names no message that a server knows. Remove it.")
        elif found or len(item.values) != 1 or not isinstance(item.values[0], Block) or item.listed:
            self._refuse(item, f"{short(item.name)} must stand alone, with one block. Remove what is beside it.")
        else:
            return (self.entry(f"{self._origin}:{item.position}", item.values[0], descriptor),)
        return None

    def _refuse(self, item: Field, message: str) -> None:
        self.problems.append(Problem(f"{self._origin}:{item.position}", message))


def _place(item: Field) -> str:
    value = item.values[0] if item.values else item
    return str(value.position if isinstance(value, Scalar) else item.position)
