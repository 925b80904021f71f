"""Whole files that are something else than text format: told once, with how the file would look in it."""

import json
import re
from collections.abc import Iterator
from typing import Final

from google.protobuf import json_format, text_format
from google.protobuf.message import Message

from tfserving.protos.server_config_pb2 import BatchingParameters, ModelServerConfig, MonitoringConfig
from tfserving.server_configs.tokens import Mistake, Position, Source

_JSON = re.compile(r"\s*(?:\[\s*)?\{\s*(?:\"[^\"\n]*\"\s*:|\}\s*\]?\s*\Z)")
# A first line that only opens something which the next one indents, or that is an item of a list.
_YAML = re.compile(
    r"(?:[ \t]*(?:\#[^\n]*)?\r?\n)* (?:---|%YAML|-[ ][\w\"']|[\w\"'-]+:[ \t]*(?:\#[^\n]*)?\r?\n"
    r"(?:[ \t]*(?:\#[^\n]*)?\r?\n)*[ \t]*(?:-[ ]|[\w\"'-]+:(?:[ \t\r\n]|\Z)))",
    re.VERBOSE,
)
_MARKUP = re.compile(r"\s*<(?:!doctype|\?xml|html|error)\b", re.IGNORECASE)
_POINTER = re.compile(r"version https://git-lfs\.github\.com/")
_CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7})(?: |$)", re.MULTILINE)
_NAME = re.compile(r"""(?:^|[\s{,\[-])["']?name["']?[ \t]*:[ \t]*["']?([\w.-]+)""", re.MULTILINE)
_VERSIONS = re.compile(r"""versions["']?[ \t]*:\s*\[?((?:[\s,-]*[0-9]+(?![\w:"']))+)""")
_EXAMPLES: Final = {
    ModelServerConfig: 'model_config_list { config { name: "digits" } }',
    BatchingParameters: "max_batch_size { value: 128 }",
    MonitoringConfig: "prometheus_config { enable: true }",
}
_START: Final = Position(1, 1)
UTF_16: Final = (
    "The file is UTF-16, as Windows PowerShell's '>' writes it, but the server reads UTF-8. Save it as UTF-8 without a "
    "byte order mark."
)


def foreign(text: str, message_type: type[Message]) -> Mistake | None:
    """What a text is in place of text format, for what cannot be read as a message; None if nothing known."""
    if text.count("\0") * 3 > len(text):
        return Mistake(_START, UTF_16)
    if _POINTER.match(text):
        return Mistake(_START, "This is Git LFS's pointer to the file. Fetch the file itself with 'git lfs pull'.")
    if _MARKUP.match(text):
        return Mistake(_START, "The file is a web page or XML, not a server config. Fetch or write the file itself.")
    conflict = _CONFLICT.search(text)
    if conflict:
        place = Source(text).at(conflict.start())
        return Mistake(
            place, f"{conflict.group().strip()!r} marks a merge conflict. Choose a side, and remove the marks."
        )
    text = text.removeprefix("\ufeff")
    if _JSON.match(text):
        return _other("JSON", _from_json(text, message_type) or _guess(text, message_type))
    return _other("YAML", _guess(text, message_type)) if _YAML.match(text) else None


def _other(language: str, example: str) -> Mistake:
    return Mistake(
        _START,
        f"The file is written in {language}, but TensorFlow Serving reads protobuf's text format. Write it as, for "
        f"instance, {example}.",
    )


def _from_json(text: str, message_type: type[Message]) -> str | None:
    message = message_type()
    try:
        json_format.ParseDict(json.loads(text), message, ignore_unknown_fields=True)
    except (ValueError, AttributeError, TypeError, RecursionError, json_format.ParseError):
        return None
    if isinstance(message, ModelServerConfig):
        del message.model_config_list.config[1:]
        if not message.model_config_list.config:
            return None
    return text_format.MessageToString(message, as_one_line=True, as_utf8=True) or None


def _guess(text: str, message_type: type[Message]) -> str:
    """The first model by its name and versions, or an example of the message."""
    name = _NAME.search(text)
    if message_type is not ModelServerConfig or not name:
        return next((example for known, example in _EXAMPLES.items() if known is message_type), "'name: value'")
    return f"model_config_list {{ config {{ {' '.join(_model_fields(text, name.group(1)))} }} }}"


def _model_fields(text: str, name: str) -> Iterator[str]:
    yield f'name: "{name}"'
    versions = _VERSIONS.search(text)
    if versions:
        listed = " ".join(f"versions: {version}" for version in re.findall(r"[0-9]+", versions.group(1)))
        yield f"model_version_policy {{ specific {{ {listed} }} }}"
