"""What is said of fields that stand where or as they must not."""

import re
from difflib import get_close_matches

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from tfserving.server_configs.document import Block, Field, Mistake, Scalar
from tfserving.server_configs.grammar import is_map_entry, meant_field, messages_of
from tfserving.server_configs.tokens import short

_WRAPPER = re.compile(r"google\.protobuf\.\w+Value")
_PAIRS_SHOWN = 3


def unknown(item: Field, owner: Descriptor, root: Descriptor) -> str:
    """A field that its message does not have: the one that was meant, or the message that has it."""
    subject = f"{short(item.name)!r} is not a field of {owner.name}"
    owners = [each.name for each in messages_of(root) if item.name in each.fields_by_name and not is_map_entry(each)]
    meant = meant_field(owner, item.name)
    close = [meant.name] if meant else get_close_matches(item.name[:100], list(owner.fields_by_name), n=1)
    if owners:
        within = [field.name for field in owner.fields if _holds(field, item.name)]
        if within:
            return f"{subject}, but of its {within[0]!r}. Write '{within[0]} {{ {item.name} ... }}'."
        return f"{subject}, but of {' and '.join(owners)}. Move it there, or close what is open before it."
    if close:
        return f"{subject}. Perhaps {close[0]!r} was meant."
    names = ", ".join(sorted(owner.fields_by_name)) or "none"
    return f"{subject}. Known here: {names}."


def is_wrapper(descriptor: Descriptor) -> bool:
    """Tell whether a message only holds one value, which text format does not take in its place."""
    return bool(_WRAPPER.fullmatch(descriptor.full_name))


def _holds(field: FieldDescriptor, name: str) -> bool:
    return field.message_type is not None and name in field.message_type.fields_by_name


def misshapen(item: Field, known: FieldDescriptor, value: Scalar | Block) -> str:
    """A group where a value belongs, or a value where a group does."""
    name = item.name
    if known.message_type is None and isinstance(value, Block):
        return f"{name!r} is a single value. Write it as '{name}: ...'."
    if known.message_type is None:
        return f"Between {name!r} and its value stands ':'. Add it."
    if isinstance(value, Scalar) and is_wrapper(known.message_type):
        return f"{name!r} wraps its value. Write '{name} {{ value: {short(value.source)} }}'."
    return f"{name!r} is a group of fields. Write it as '{name} {{ ... }}'."


def pairs_mistake(block: Block, entry: Descriptor) -> Mistake | None:
    """A pair of a map that is none: several pairs in one block, or pairs as JSON and YAML write them."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", entry.name.removesuffix("Entry")).lower()
    names = [field.name for field in block.fields]
    if not block.fields or not all(
        len(each.values) == 1 and isinstance(each.values[0], Scalar) for each in block.fields
    ):
        return None
    if not set(names) & {"key", "value"} and not any(
        get_close_matches(each[:100], ("key", "value"), n=1) for each in names
    ):
        pairs = [(f'"{field.name}"', _source(field)) for field in block.fields]
        reason = "Each pair stands in a block of its own, as 'key' and 'value'"
        return Mistake(block.fields[0].position, f"{reason}. Write {_written(name, pairs)}.")
    keys = [field for field in block.fields if field.name == "key"]
    values = [field for field in block.fields if field.name == "value"]
    if len(keys) > 1 and len(keys) == len(values) and len(names) == 2 * len(keys):
        pairs = [(_source(key), _source(value)) for key, value in zip(keys, values, strict=True)]
        return Mistake(
            keys[1].position, f"A block of {name!r} holds one pair; here begins another. Write {_written(name, pairs)}."
        )
    return None


def _source(field: Field) -> str:
    return "".join(value.source for value in field.values if isinstance(value, Scalar))


def _written(name: str, pairs: list[tuple[str, str]]) -> str:
    shown = " ".join(
        f"{name} {{ key: {short(key)} value: {short(_number(value))} }}" for key, value in pairs[:_PAIRS_SHOWN]
    )
    return shown + (" and so on" if len(pairs) > _PAIRS_SHOWN else "")


def _number(source: str) -> str:
    return source.strip("\"'")
