"""What the flags that take text have to look like."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from tfserving.server_flags.channel_arguments import channel_argument_mistakes
from tfserving.spelling import hidden_character

_LIST_FLAGS: Final = frozenset({"saved_model_tags", "grpc_channel_arguments"})
_BLANKS: Final = re.compile(r"^\s|\s$|\s,|,\s")


def text_mistakes(name: str, value: str) -> Iterator[str]:
    """Say what is wrong with a flag's text, in full sentences that name flag and value."""
    said = f"{name} is {value!r}, but"
    if hidden := hidden_character(value):
        yield f"{said} has a character that does not show, {hidden}. Remove it."
    elif _BLANKS.search(value) and name in _LIST_FLAGS:
        tidy = ",".join(item.strip() for item in value.split(","))
        yield f"{said} has blanks around its items, which the server takes for part of them. Write {tidy!r}."
    elif value != value.strip():
        yield f"{said} begins or ends with a blank, which the server takes for part of it. Write {value.strip()!r}."
    else:
        yield from (f"{said} {mistake}" for mistake in _RULES.get(name, _anything)(value))


def _anything(_: str) -> Iterator[str]:
    yield from ()


def _precision(value: str) -> Iterator[str]:
    if value not in ("", "bfloat16"):
        yield "must be 'bfloat16'. Write that, or remove the flag."


def _tags(value: str) -> Iterator[str]:
    if not value or "" in value.split(","):
        yield "has an empty tag, and no model has a graph of that tag. Write 'serve', or remove the flag."


_RULES: Final[Mapping[str, Callable[[str], Iterator[str]]]] = {
    "grpc_channel_arguments": channel_argument_mistakes,
    "mixed_precision": _precision,
    "saved_model_tags": _tags,
}
