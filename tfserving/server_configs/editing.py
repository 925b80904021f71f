"""models.config edited in place: what is to be served changes, comments and layout stay as they are."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from google.protobuf import text_encoding

from tfserving.protos.server_config_pb2 import ModelConfig, ModelServerConfig
from tfserving.server_configs.document import Block, Field, Scalar, parse_document
from tfserving.server_configs.models import parse_models
from tfserving.server_configs.rendering import model_lines
from tfserving.server_configs.splicing import (
    indentation,
    indented,
    replaced,
    with_field_after,
    with_value_after,
    without,
)
from tfserving.server_configs.values import convert

_LABEL: Final[Any] = ModelConfig.VersionLabelsEntry.DESCRIPTOR.fields_by_name
_POLICY: Final[Any] = ModelConfig.DESCRIPTOR.fields_by_name["model_version_policy"].message_type
_SPECIFIC: Final[Any] = _POLICY.fields_by_name["specific"].message_type.fields_by_name


class _Found(NamedTuple):
    """A value and the field that holds it."""

    field: Field
    value: Scalar | Block


def rewritten(text: str, wanted: ModelServerConfig, origin: str) -> str:
    """Give the text of a sound models.config, changed to what is wanted and nowhere else.

    Models are told apart by their names, and their order is the text's; a new one comes last. Versions and labels are
    changed one by one; a model whose other fields differ is written anew, without its comments. A comment on the line
    of what is removed goes with it.
    Raises ServerConfigError for a text with mistakes of form, and ValueError if the result would mean something else.
    """
    known = {model.name: model for model in parse_models(text, origin).model_config_list.config}
    names = {model.name for model in wanted.model_config_list.config}
    for model in wanted.model_config_list.config:
        if model != known.get(model.name):
            text = _with_model(text, known.get(model.name), model)
    for name in known.keys() - names:
        text = without(text, *_find(text, name))
    if served(parse_models(text, origin)) != served(wanted):
        raise ValueError(f"{origin} cannot be edited to what is wanted")
    return text


def served(config: ModelServerConfig) -> dict[str, tuple[bytes, frozenset[int], dict[str, int]]]:
    """Give what a config means, whatever its order: by model its other fields, its versions, its labels."""
    models = config.model_config_list.config
    return {model.name: (_others(model), frozenset(_versions(model)), dict(model.version_labels)) for model in models}


def _with_model(text: str, known: ModelConfig | None, wanted: ModelConfig) -> str:
    if known is None:
        return _with_new_model(text, _models(text)[-1], wanted)
    if _others(known) != _others(wanted):
        block = _find(text, wanted.name).value
        return replaced(text, block, indented(model_lines(wanted), indentation(text, block.start), text))
    return _with_labels_and_versions(text, known, wanted)


def _with_new_model(text: str, last: _Found, wanted: ModelConfig) -> str:
    block = indented(model_lines(wanted), indentation(text, last.field.start), text)
    if last.field.listed:
        return with_value_after(text, last.value, block)
    return with_field_after(text, last.field, f"config{':' if last.field.colon else ''} {block}")


def _with_labels_and_versions(text: str, known: ModelConfig, wanted: ModelConfig) -> str:
    name, labels = wanted.name, dict(wanted.version_labels)
    listed, kept = set(_versions(known)), set(_versions(wanted))
    # Everything new before anything leaves, so that there is always a neighbour to stand beside.
    for version in sorted(kept - listed):
        text = _with_version(text, _block(text, name), version)
    for label, version in labels.items():
        text = _with_label(text, _block(text, name), label, version)
    for label in sorted(known.version_labels.keys() - labels.keys()):
        block = _block(text, name)
        text = without(text, *next(each for each in _all(block, "version_labels") if _key(each) == label))
    for version in sorted(listed - kept):
        found = _all_versions(_block(text, name))
        text = without(text, *next(each for each in found if _number(each.value, "versions") == version))
    return text


def _with_version(text: str, model: Block, version: int) -> str:
    last = _all_versions(model)[-1]
    if last.field.listed:
        return with_value_after(text, last.value, str(version))
    return with_field_after(text, last.field, _before_value(text, last) + str(version))


def _with_label(text: str, model: Block, label: str, version: int) -> str:
    labels = _all(model, "version_labels")
    for known in (each for each in labels if _key(each) == label):
        value = _inner(known, "value")
        return text if _number(value, "value") == version else replaced(text, value, str(version))
    if not labels:
        new = f"version_labels {_label_block(label, version)}"
        return with_field_after(text, _all(model, "model_version_policy")[-1].field, new)
    new = _label_like(text, labels[-1], label, version)
    if labels[-1].field.listed:
        return with_value_after(text, labels[-1].value, new)
    return with_field_after(text, labels[-1].field, _before_value(text, labels[-1]) + new)


def _label_block(label: str, version: int) -> str:
    return f"{{ key: {_quoted(label)} value: {version} }}"


def _quoted(label: str) -> str:
    return f'"{text_encoding.CEscape(label.encode(), as_utf8=True)}"'


def _before_value(text: str, like: _Found) -> str:
    written = text[like.field.start : like.value.start]
    return f"{like.field.name}: " if "#" in written else written


def _label_like(text: str, known: _Found, label: str, version: int) -> str:
    block, key, value = known.value, _inner(known, "key"), _inner(known, "value")
    written = text[block.start : block.end]
    if "#" in written:
        return _label_block(label, version)
    for scalar, new in sorted([(key, _quoted(label)), (value, str(version))], key=lambda each: -each[0].start):
        written = written[: scalar.start - block.start] + new + written[scalar.end - block.start :]
    return written


def _models(text: str) -> list[_Found]:
    lists = _all(parse_document(text), "model_config_list")
    return [model for models in lists for model in _all(_as_block(models.value), "config")]


def _find(text: str, name: str) -> _Found:
    return next(model for model in _models(text) if _text(_inner(model, "name")) == name)


def _block(text: str, name: str) -> Block:
    return _as_block(_find(text, name).value)


def _all(block: Block, name: str) -> list[_Found]:
    return [_Found(field, value) for field in block.fields if field.name == name for value in field.values]


def _all_versions(model: Block) -> list[_Found]:
    found = _all(model, "model_version_policy")
    for name in ("specific", "versions"):
        found = [inner for outer in found for inner in _all(_as_block(outer.value), name)]
    return found


def _inner(outer: _Found, name: str) -> Scalar:
    values: Iterator[Scalar | Block] = (each.value for each in _all(_as_block(outer.value), name))
    return next(value for value in values if isinstance(value, Scalar))


def _as_block(value: Scalar | Block) -> Block:
    return value if isinstance(value, Block) else Block(value.position, ())


def _key(label: _Found) -> object:
    return _text(_inner(label, "key"))


def _text(value: Scalar) -> object:
    return convert(value.pieces, _LABEL["key"])


def _number(value: Scalar | Block, field: str) -> object:
    known = _LABEL["value"] if field == "value" else _SPECIFIC["versions"]
    return convert(value.pieces, known) if isinstance(value, Scalar) else None


def _versions(model: ModelConfig) -> list[int]:
    return list(model.model_version_policy.specific.versions)


def _others(model: ModelConfig) -> bytes:
    others = ModelConfig()
    others.CopyFrom(model)
    others.ClearField("version_labels")
    if others.model_version_policy.HasField("specific"):
        others.model_version_policy.specific.ClearField("versions")
    return others.SerializeToString(deterministic=True)
