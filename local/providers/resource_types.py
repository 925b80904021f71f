"""What a provider has to say of each resource type and function: a row of a table and a few functions."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from local.providers.failures import Failure
from local.providers.shapes import Shape
from local.providers.wire import Values

Context = TypeVar("Context")


@dataclass(frozen=True)
class Property:
    """How an input changes: in place or by replacement, and what counts as no change at all."""

    replaces: bool = False
    unordered: bool = False
    is_json: bool = False
    # The nested keys that are mapped; others are refused. None: the value is text, a number, a list or map of these.
    shape: Shape | None = None

    def equal(self, old: Any, new: Any) -> bool:
        """Tell whether two values mean the same."""
        return bool(self._meaning(old) == self._meaning(new))

    def _meaning(self, value: Any) -> Any:
        if self.unordered and isinstance(value, list):
            return sorted(value, key=repr)
        if self.is_json and isinstance(value, str):
            try:
                return json.loads(value)
            except ValueError:
                return value
        return value


IN_PLACE: Final = Property()
REPLACES: Final = Property(replaces=True)
UNORDERED: Final = Property(unordered=True)
JSON: Final = Property(is_json=True)


@dataclass(frozen=True)
class AutoName:
    """The input that gets a name of the engine's logical one and seven hex digits when the program gives none."""

    property: str
    longest: int
    lower: bool = False


@dataclass(frozen=True)
class Change:
    """An update: inputs before and after, completed alike, and the state before."""

    old: Values
    new: Values
    state: Values

    def of(self, *names: str) -> bool:
        """Tell whether any of these inputs changed."""
        return any(self.old.get(name) != self.new.get(name) for name in names)


def _nothing(_: Values) -> Iterable[Failure]:
    return ()


def _no_more(_: Values, __: Values) -> Iterable[str]:
    return ()


@dataclass(frozen=True, kw_only=True)
class ResourceType(Generic[Context]):
    """One resource type.

    `create` gives the id; `read` gives what is there now, or None if it is gone, from id and last known state;
    `computed` are outputs a preview does not know before creation; `unsettled` the outputs an input's change unsettles.
    """

    token: str
    inputs: Mapping[str, Property]
    create: Callable[[Context, Values], str]
    read: Callable[[Context, str, Values], Values | None]
    delete: Callable[[Context, str, Values], None]
    update: Callable[[Context, str, Change], None] | None = None
    computed: tuple[str, ...] = ()
    unsettled: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    name: AutoName | None = None
    check: Callable[[Values], Iterable[Failure]] = _nothing
    also_replaces: Callable[[Values, Values], Iterable[str]] = _no_more


@dataclass(frozen=True)
class Function(Generic[Context]):
    """One function (invoke): which arguments are mapped, and what it gives."""

    token: str
    arguments: frozenset[str]
    call: Callable[[Context, Values], Values]
    required: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()
