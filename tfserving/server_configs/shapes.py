"""What is said of fields that stand where or as they must not."""

import re
from difflib import get_close_matches

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from tfserving.server_configs.document import Block, Field, Mistake, Scalar
from tfserving.server_configs.grammar import is_map_entry, meant_field, messages_of
from tfserving.server_configs.tokens import short

_WRAPPER = re.compile(r"google\.protobuf\.\w+Value")
_NUMBER = re.compile(r"""["']?-?[0-9]+["']?""")
_PAIRS_SHOWN = 3


def unknown(item: Field, owner: Descriptor, root: Descriptor) -> str:
    """A field that its message does not have: the one that was meant, or the message that has it."""
    subject = f"{short(item.name)!r} is not a field of {owner.name}"
    owners = [each.name for each in messages_of(root) if item.name in each.fields_by_name and not is_map_entry(each)]
    meant = meant_field(owner, item.name)
    close = [meant.name] if meant else get_close_matches(item.name[:100], list(owner.fields_by_name), n=1)
    if owners:
        path = _path(owner, item.name)
        if path:
            written = f"{item.name} ..."
            for name in reversed(path):
                written = f"{name} {{ {written} }}"
            return f"{subject}, but of its {path[-1]!r}. Write {written!r}."
        return f"{subject}, but of {' and '.join(owners)}. Move it there, or close what is open before it."
    if close:
        return f"{subject}. Perhaps {close[0]!r} was meant."
    names = ", ".join(sorted(owner.fields_by_name)) or "none"
    return f"{subject}. Known here: {names}."


def is_wrapper(descriptor: Descriptor) -> bool:
    """Tell whether a message only holds one value, which text format does not take in its place."""
    return bool(_WRAPPER.fullmatch(descriptor.full_name))


def _path(owner: Descriptor, name: str) -> list[str]:
    """The groups, from the outermost, in which a field stands below a message; none if it does not."""
    waiting: list[tuple[Descriptor, list[str]]] = [(owner, [])]
    while waiting:
        descriptor, path = waiting.pop(0)
        if path and name in descriptor.fields_by_name:
            return path
        inner = [field for field in descriptor.fields if field.message_type and not is_map_entry(field.message_type)]
        waiting += [(field.message_type, [*path, field.name]) for field in inner if field.message_type]
    return []


def misshapen(item: Field, known: FieldDescriptor, value: Scalar | Block) -> str:
    """A group where a value belongs, or a value where a group does."""
    name = item.name
    if known.message_type is None and isinstance(value, Block):
        return f"{name!r} is a single value. Write it as '{name}: ...'."
    if known.message_type is None:
        return f"Between {name!r} and its value stands ':'. Add it."
    if isinstance(value, Scalar) and is_wrapper(known.message_type):
        return f"{name!r} wraps its value. Write '{name} {{ value: {short(value.source)} }}'."
    return f"{name!r} is a group of fields. Write it as '{name} {{ {_content(known.message_type, value)}}}'."


def _content(group: Descriptor, value: Scalar | Block) -> str:
    names = list(group.fields_by_name)
    if not names:
        return ""
    if len(names) > 1 or not isinstance(value, Scalar) or group.fields[0].message_type:
        return "... "
    return f"{names[0]}: {short(value.source)} "


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
