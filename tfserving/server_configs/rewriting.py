"""A whole models.config brought to what is wanted, in place: comments and layout stay as they are."""

import re
from dataclasses import dataclass
from typing import Final

from tfserving.protos.server_config_pb2 import ModelConfig, ModelServerConfig
from tfserving.server_configs.document import Block, Field, Scalar, parse_document
from tfserving.server_configs.editing import add_version, remove_label, remove_version, set_label
from tfserving.server_configs.models import parse_models
from tfserving.server_configs.rendering import model_lines
from tfserving.server_configs.splicing import Splice, removed, spliced, stands_after

_NEWLINE: Final = re.compile(r"\r?\n")
_BLANKS: Final = re.compile(r"[ \t]*")
_LEVEL: Final = "    "


@dataclass(frozen=True)
class _Place:
    """A model's block, the field it belongs to, and its place among that field's values."""

    field: Field
    index: int

    @property
    def block(self) -> Scalar | Block:
        return self.field.values[self.index]


def rewritten(text: str, wanted: ModelServerConfig, origin: str) -> str:
    """Give the text of a sound models.config, changed to what is wanted and nowhere else.

    Models are told apart by their names, and their order is the text's; a new one comes last. Versions and labels are
    changed one by one; a model whose other fields differ is written anew, without the comments in it.
    Raises ServerConfigError for a text with mistakes or a label that is none, and ValueError if the result would mean
    something else.
    """
    known = {model.name: model for model in parse_models(text, origin).model_config_list.config}
    names = {model.name for model in wanted.model_config_list.config}
    for model in wanted.model_config_list.config:
        if model != known.get(model.name):
            text = _with_model(text, known.get(model.name), model, origin)
    for name in known.keys() - names:
        place = _place(text, name, origin)
        text = spliced(text, removed(text, place.field, place.index))
    if served(parse_models(text, origin)) != served(wanted):
        raise ValueError(f"{origin} cannot be edited to what is wanted")
    return text


def served(config: ModelServerConfig) -> dict[str, tuple[bytes, frozenset[int], dict[str, int]]]:
    """Give what a config means, whatever its order: by model its other fields, its versions, its labels."""
    models = config.model_config_list.config
    return {model.name: (_others(model), frozenset(_versions(model)), dict(model.version_labels)) for model in models}


def _with_model(text: str, known: ModelConfig | None, wanted: ModelConfig, origin: str) -> str:
    if known is None:
        return spliced(text, [_new_model(text, _places(text)[-1], wanted)])
    if _others(known) != _others(wanted):
        block = _place(text, wanted.name, origin).block
        return spliced(text, [Splice(block.start, block.end, _block(text, block.start, wanted))])
    return _with_versions_and_labels(text, known, wanted, origin)


def _with_versions_and_labels(text: str, known: ModelConfig, wanted: ModelConfig, origin: str) -> str:
    name, listed, kept = wanted.name, set(_versions(known)), set(_versions(wanted))
    # Everything new before anything leaves, so that each text on the way is sound.
    for version in sorted(kept - listed):
        text = add_version(text, name, version, origin=origin)
    for label, version in sorted(wanted.version_labels.items()):
        text = set_label(text, name, label, version, origin=origin)
    for label in sorted(known.version_labels.keys() - wanted.version_labels.keys()):
        text = remove_label(text, name, label, origin=origin)
    for version in sorted(listed - kept):
        text = remove_version(text, name, version, origin=origin)
    return text


def _new_model(text: str, last: _Place, wanted: ModelConfig) -> Splice:
    block = _block(text, last.field.start, wanted)
    if last.field.listed:
        return Splice(last.block.end, last.block.end, f", {block}")
    return stands_after(text, last.field, f"config{':' if last.field.colon else ''} {block}")


def _block(text: str, beside: int, model: ModelConfig) -> str:
    """Write a model's block with the indentation of the line of an offset, and the line ends of the text."""
    blanks = _BLANKS.match(text, text.rfind("\n", 0, beside) + 1, beside)
    newline = _NEWLINE.search(text)
    line_end = (newline.group() if newline else "\n") + (blanks.group() if blanks else "")
    return line_end.join(line.replace("\t", _LEVEL) for line in model_lines(model))


def _places(text: str) -> list[_Place]:
    lists = [field for field in parse_document(text).fields if field.name == "model_config_list"]
    blocks = [value for field in lists for value in field.values if isinstance(value, Block)]
    fields = [field for block in blocks for field in block.fields if field.name == "config"]
    return [_Place(field, index) for field in fields for index in range(len(field.values))]


def _place(text: str, name: str, origin: str) -> _Place:
    models = parse_models(text, origin).model_config_list.config
    return next(place for place, model in zip(_places(text), models, strict=True) if model.name == name)


def _versions(model: ModelConfig) -> list[int]:
    return list(model.model_version_policy.specific.versions)


def _others(model: ModelConfig) -> bytes:
    others = ModelConfig()
    others.CopyFrom(model)
    others.ClearField("version_labels")
    if others.model_version_policy.HasField("specific"):
        others.model_version_policy.specific.ClearField("versions")
    return others.SerializeToString(deterministic=True)
