"""What is said of values and keys that are refused."""

import difflib
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from pydantic_core import ErrorDetails

from tfserving.server_flags import FLAGS
from tfserving.settings.reading import set_command
from tfserving.spelling import shown


def refusal(details: ErrorDetails) -> str:
    """Give what is wrong with a value that pydantic or a rule of ours has refused, and the remedy."""
    say = _SAID.get(details["type"])
    if say:
        return say(details["input"], details.get("ctx", {}))
    message = details["msg"].removeprefix("Value error, ")
    # A rule of ours that begins with the value needs no second mention of it.
    value = "" if message.startswith(repr(details["input"])) else f"{shown(details['input'])} "
    return f"{value}{message if message.endswith('.') else f'{message}.'}"


def unknown_key(key: str, known: Collection[str]) -> str:
    """Give what a key that is no setting was probably meant to be."""
    base = re.split(r"[.\[]", key, maxsplit=1)[0]
    if base != key and base in known:
        remove, path = f"`pulumi config rm {key!r}`", f"`pulumi config set --path {key!r} <value>`"
        return f"is not a setting but a place within one, which takes --path. Run {remove}, then {path}."
    if key in FLAGS:
        command = set_command("serverFlags", key, value="value")
        return f"is not a setting but a flag of the server. Run {command}."
    if key in _PROVIDER_KEYS:
        return f"is not a setting; it is the AWS provider's. Run {set_command(f'aws:{key}', value='value')}."
    by_letters = {_letters(name): name for name in known}
    close = difflib.get_close_matches(_letters(key)[:100], by_letters, n=1, cutoff=0.7)
    remedy = f"Did you mean {by_letters[close[0]]!r}?" if close else "Pulumi.yaml lists every setting."
    return f"is not a setting. {remedy}"


_PROVIDER_KEYS: Final = frozenset({"region", "profile", "allowedAccountIds", "defaultTags"})


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _none_of(value: object, context: Mapping[str, Any]) -> str:
    expected = str(context["expected"])
    close = difflib.get_close_matches(str(value).lower(), re.findall(r"'([^']*)'", expected.lower()), n=1)
    named = {name.lower(): name for name in re.findall(r"'([^']*)'", expected)}
    remedy = f"Perhaps {named[close[0]]!r} was meant." if close else "Write one of them."
    return f"{shown(value)} is not {expected}. {remedy}"


def _not_text(value: object, _: Mapping[str, Any]) -> str:
    remedy = "Put it in quotes." if isinstance(value, bool | int | float) else "Write one piece of text."
    return f"{shown(value)} is not text. {remedy}"


def _too_small(value: object, context: Mapping[str, Any]) -> str:
    return f"{shown(value)} is less than {context['ge']}, the least that works. Raise it."


def _too_large(value: object, context: Mapping[str, Any]) -> str:
    return f"{shown(value)} is more than {context['le']}, the most that works. Lower it."


_SAID: Final[Mapping[str, Callable[[object, Mapping[str, Any]], str]]] = {
    "literal_error": _none_of,
    "string_type": _not_text,
    "greater_than_equal": _too_small,
    "less_than_equal": _too_large,
}
