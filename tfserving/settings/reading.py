"""From the text that Pulumi hands over to a value of the setting's kind.

Mistakes end in what to type: who sets a list or a map for the first time rarely knows of `pulumi config set --path`.
"""

import json
import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tfserving.spelling import hidden_character, meant_integer, shown

# As many digits as any setting has room for, and fewer than Python refuses to read.
_INTEGER: Final = re.compile(r"-?[0-9]{1,30}")
_WORDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("true", "yes", "on", "y", "t", "1", "enabled"), "true"),
    **dict.fromkeys(("false", "no", "off", "n", "f", "0", "disabled"), "false"),
}
_PIECE: Final = re.compile(r"[^\s\[\](){}\"',;]+")
_PAIR: Final = re.compile(r"""["']?(?P<name>[^\s={}:,"']+)["']?\s*[=:]\s*(?P<value>"[^"]*"|'[^']*'|[^\s,;{}]+)""")
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9_-]+")
_MOST_COMMANDS: Final = 3


@dataclass(frozen=True)
class Mistake:
    """What is wrong with a setting's text: what is appended to its key, such as '.name', and the message."""

    below: str
    message: str


class NotRead(Exception):
    """A setting's text is of no use; carries every mistake."""

    def __init__(self, *mistakes: Mistake) -> None:
        super().__init__(mistakes)
        self.mistakes = mistakes


def read_value(key: str, text: str, kind: type) -> Any:
    """Read the text of a setting whose default is of a kind: bool, int, str, tuple or dict; raises NotRead."""
    value = _READERS[kind](key, text.strip())
    if mistakes := list(_hidden(value, "")):
        raise NotRead(*mistakes)
    return value


def set_command(key: str, *path: str | int, value: str) -> str:
    """Give the command that sets a setting, or one entry of it."""
    words = ["--path", key + "".join(map(_step, path))] if path else [key]
    shell = [shlex.quote(word) for word in (*words, value if value.isprintable() else "<value>")]
    return f"`pulumi config set {' '.join(shell)}`"


def _step(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    return f".{part}" if _PLAIN_NAME.fullmatch(part) else f"[{json.dumps(part, ensure_ascii=False)}]"


def _text(_: str, text: str) -> str:
    return text


def _boolean(key: str, text: str) -> bool:
    if text in ("true", "false"):
        return text == "true"
    meant = _WORDS.get(text.lower())
    remedy = set_command(key, value=meant) if meant else set_command(key, value="true")
    raise NotRead(Mistake("", f"{shown(text)} must be true or false, in lower case. Run {remedy}."))


def _integer(key: str, text: str) -> int:
    if _INTEGER.fullmatch(text):
        return int(text)
    meant = meant_integer(key, text)
    remedy = "Write digits only" if meant is None else f"Run {set_command(key, value=str(meant))}"
    raise NotRead(Mistake("", f"{shown(text)} is not a whole number written in plain digits. {remedy}."))


def _list(key: str, text: str) -> list[Any]:
    found = _json(key, text, _list_remedy)
    if not isinstance(found, list):
        raise NotRead(Mistake("", f"{shown(text)} is one value, but {key} is a list. {_list_remedy(key, text)}"))
    return found


def _object(key: str, text: str) -> dict[str, Any]:
    found = _json(key, text, _object_remedy)
    if not isinstance(found, dict):
        remedy = _run(key, _named(found)) if isinstance(found, list) and _named(found) else _object_remedy(key, text)
        raise NotRead(Mistake("", f"{shown(text)} is no map of names to values. {remedy}"))
    if blank := [name for name in found if name != name.strip()]:
        told = (f"{shown(name)} begins or ends with a blank. Write {shown(name.strip())}." for name in blank)
        raise NotRead(*(Mistake("", message) for message in told))
    return found


def _json(key: str, text: str, remedy: Callable[[str, str], str]) -> Any:
    """Read JSON; text that is none comes back as it is, unless it was meant as JSON."""
    doubled: list[str] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        doubled.extend(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        return dict(pairs)

    try:
        found = json.loads(text, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        if text[:1] not in ("[", "{"):
            return text
        why = f"is JSON with a mistake at line {error.lineno}, column {error.colno} ({error.msg})"
        raise NotRead(Mistake("", f"{shown(text)} {why}. Correct it there, or: {remedy(key, text)}")) from None
    except (ValueError, RecursionError):
        raise NotRead(
            Mistake("", f"{shown(text)} nests too deep, or has a number of thousands of digits. {remedy(key, '')}")
        ) from None
    if doubled:
        raise NotRead(*(Mistake("", f"names {shown(name)} twice. Remove one of the two.") for name in doubled))
    return found


def _named(found: list[Any]) -> list[tuple[str, str]]:
    """Give the pairs of a list as AWS writes tags: {"Key": ..., "Value": ...}."""
    return [
        (str(item["Key"]), str(item.get("Value", ""))) for item in found if isinstance(item, dict) and "Key" in item
    ]


def _list_remedy(key: str, text: str) -> str:
    return _run(key, list(enumerate(_PIECE.findall(text) or ["<value>"])))


def _object_remedy(key: str, text: str) -> str:
    pairs = [(match["name"].lstrip("-"), match["value"].strip("\"'")) for match in _PAIR.finditer(text)]
    return _run(key, [(name, value) for name, value in pairs if name] or [("name", "value")])


def _run(key: str, entries: Sequence[tuple[str | int, str]]) -> str:
    shown_ones = [(name, value) for name, value in entries if str(name).isprintable()] or [("name", "value")]
    return f"Run {' and '.join(set_command(key, name, value=value) for name, value in shown_ones[:_MOST_COMMANDS])}."


def _hidden(value: object, below: str) -> Iterator[Mistake]:
    """Find text, however deep, with a character that nobody sees and AWS or the server would refuse or misread."""
    if isinstance(value, str):
        if hidden := hidden_character(value):
            yield Mistake(below, f"{shown(value)} has a character that does not show, {hidden}. Remove it.")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _hidden(item, f"{below}.{index}")
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _hidden(name, below)
            yield from _hidden(item, f"{below}.{name if name.isprintable() else shown(name)}")


_READERS: Final[Mapping[type, Callable[[str, str], Any]]] = {
    str: _text,
    bool: _boolean,
    int: _integer,
    tuple: _list,
    dict: _object,
}
