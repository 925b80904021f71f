"""From what a file says to the protobuf message it stands for."""

from collections.abc import Mapping
from typing import Any, Protocol, Self, cast

from google.protobuf import any_pb2, descriptor_pool
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from tfserving.server_configs.grammar import is_map_entry
from tfserving.server_configs.values import Value

# The only prefixes that TensorFlow's parser expands, seen on 2.21.
_PREFIXES = ("type.googleapis.com", "type.googleprod.com")


class Filled(Protocol):
    """A value, or fields of its own."""

    @property
    def value(self) -> Value | None: ...

    @property
    def fields(self) -> Mapping[str, tuple[Self, ...]]: ...


def fill(message: Message, filled: Filled) -> None:
    """Set on a message every field that a sound reading holds."""
    descriptor = cast(Descriptor, message.DESCRIPTOR)
    for name, entries in filled.fields.items():
        field = descriptor.fields_by_name.get(name)
        for entry in entries:
            if field is None:
                _expand(message, name, entry)
            elif field.message_type is None:
                _set(message, field, entry.value)
            elif is_map_entry(field.message_type):
                pair = GetMessageClass(field.message_type)()
                fill(pair, entry)
                _put_pair(getattr(message, name), pair)
            else:
                inner = getattr(message, name)
                inner = inner.add() if field.is_repeated else inner
                inner.SetInParent()
                fill(inner, entry)


def _put_pair(pairs: Any, pair: Any) -> None:
    pairs[pair.key] = pair.value


def _set(message: Message, field: FieldDescriptor, value: Value | None) -> None:
    if field.is_repeated:
        getattr(message, field.name).append(value)
    else:
        setattr(message, field.name, value)


def expanded_type(name: str) -> Descriptor | None:
    """The message type named as '[type.googleapis.com/package.Message]'; None for one that nothing knows."""
    prefix, _, full_name = _url(name).rpartition("/")
    if prefix not in _PREFIXES:
        return None
    try:
        return descriptor_pool.Default().FindMessageTypeByName(full_name)
    except KeyError:
        return None


def _expand(message: Message, name: str, entry: Filled) -> None:
    descriptor = expanded_type(name)
    if isinstance(message, any_pb2.Any) and descriptor:
        inner = GetMessageClass(descriptor)()
        fill(inner, entry)
        message.type_url, message.value = _url(name), inner.SerializeToString(deterministic=True)


def _url(name: str) -> str:
    return "".join(name.strip("[]").split())
