"""Changes to a models.config in place: a version, a label, and not a byte of comments and layout beside it.

A comment within a block that is taken out goes with it.

Each function takes the text of a sound file and returns the new one; ServerConfigError says why it cannot. `origin` is
the file as the operator knows it. What is already as wanted stays as it is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, cast

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from tfserving.errors import Problem, ServerConfigError
from tfserving.protos.server_config_pb2 import FileSystemStoragePathSourceConfig, ModelConfig, ModelServerConfig
from tfserving.server_configs.document import Block, Field, Scalar, read_document
from tfserving.server_configs.models import LABEL, parse_models
from tfserving.server_configs.splicing import Splice, removed, spliced, stands_after
from tfserving.server_configs.values import Value, convert

_ORIGIN: Final = "models.config"


def _field(message_type: type[Message], name: str) -> FieldDescriptor:
    return cast(Descriptor, message_type.DESCRIPTOR).fields_by_name[name]


_NAME: Final = _field(ModelConfig, "name")
_VERSIONS: Final = _field(FileSystemStoragePathSourceConfig.ServableVersionPolicy.Specific, "versions")
_KEY: Final = _field(ModelConfig.VersionLabelsEntry, "key")
_LABELLED: Final = _field(ModelConfig.VersionLabelsEntry, "value")


def add_version(text: str, model: str, version: int, label: str | None = None, *, origin: str = _ORIGIN) -> str:
    """List one more version of a model, and point a label to it if one is named."""
    edited = _Model(text, model, origin)
    if version not in edited.versions:
        if not 0 <= version < 2**63:
            raise edited.refusal(f"{version} is no version: versions count from 0 to {2**63 - 1}")
        text = spliced(text, [edited.one_more_version(version)])
    return set_label(text, model, label, version, origin=origin) if label is not None else text


def remove_version(text: str, model: str, version: int, *, origin: str = _ORIGIN) -> str:
    """List a version of a model no more; refused for the last one, and while a label points to it."""
    edited = _Model(text, model, origin)
    if version not in edited.versions:
        raise edited.refusal(f"it does not list version {version}, but {_listed(edited.versions)}")
    labels = sorted(label for label, pointed in edited.labels.items() if pointed == version)
    if labels:
        raise edited.refusal(f"{_listed(labels)} still points to version {version}. Move or remove that label first")
    if len(edited.versions) == 1:
        raise edited.refusal(f"version {version} is its only one, and without any it would be unloaded")
    return spliced(text, edited.without_version(version))


def set_label(text: str, model: str, label: str, version: int, *, origin: str = _ORIGIN) -> str:
    """Point a label of a model to a version that it lists, whether the label is there or not."""
    edited = _Model(text, model, origin)
    if not LABEL.fullmatch(label):
        raise edited.refusal(f"{label!r} is no label: use letters, digits and underscores only")
    if version not in edited.versions:
        listed = _listed(edited.versions)
        raise edited.refusal(f"it does not list version {version}, but {listed}. List the version first")
    if edited.labels.get(label) == version:
        return text
    return spliced(text, [edited.moved_label(label, version) or edited.one_more_label(label, version)])


def remove_label(text: str, model: str, label: str, *, origin: str = _ORIGIN) -> str:
    """Take a label off a model."""
    edited = _Model(text, model, origin)
    if label not in edited.labels:
        raise edited.refusal(f"it has no label {label!r}, but {_listed(edited.labels)}")
    return spliced(text, edited.without_label(label))


def _listed(values: Iterable[object]) -> str:
    return ", ".join(map(repr, values)) or "none"


@dataclass(frozen=True)
class _Place:
    """A value, the field it belongs to, and its place among that field's values."""

    field: Field
    index: int

    @property
    def value(self) -> Scalar | Block:
        return self.field.values[self.index]


class _Model:
    """One model of a sound file: what it says, and where."""

    def __init__(self, text: str, name: str, origin: str) -> None:
        parse_models(text, origin)
        self._text = text
        self._name = name
        self._origin = origin
        root = read_document(text, cast(Descriptor, ModelServerConfig.DESCRIPTOR)).root
        models = _blocks(_blocks([root] if root else [], "model_config_list"), "config")
        found = [model for model in models if _value(model, "name", _NAME) == name]
        if len(found) != 1:
            raise self.refusal(f"the file names {_listed(_value(model, 'name', _NAME) for model in models)}")
        self._block = found[0]
        self._policies = _blocks(found, "model_version_policy")
        self._specifics = _blocks(self._policies, "specific")
        if not self._specifics:
            raise self.refusal(
                "its policy lists no versions. Write model_version_policy { specific { versions: ... } }"
            )
        self._versions = [
            (_converted(place.value, _VERSIONS), place) for place in _places(self._specifics[0], "versions")
        ]
        self._labels = [(_pair(place.value), place) for place in _places(self._block, "version_labels")]
        if len(set(self.versions)) < len(self._versions) or len(self.labels) < len(self._labels):
            raise self.refusal("it has a version or a label twice. Remove one of them first")

    @property
    def versions(self) -> list[Value | None]:
        """The versions it lists, in the file's order."""
        return [version for version, _ in self._versions]

    @property
    def labels(self) -> dict[Value, Value]:
        """The version that each label points to."""
        return dict(pair for pair, _ in self._labels)

    def refusal(self, reason: str) -> ServerConfigError:
        """Why a model cannot be changed as asked."""
        return ServerConfigError([Problem(self._origin, f"The model {self._name!r} cannot be changed so: {reason}.")])

    def one_more_version(self, version: int) -> Splice:
        if not self._versions:
            return _first_in(self._specifics[0], f"versions: {version}")
        return self._one_more(self._versions[-1][1], f"versions: {version}", str(version))

    def without_version(self, version: int) -> list[Splice]:
        places = [place for listed, place in self._versions if listed == version]
        return [splice for place in places for splice in removed(self._text, place.field, place.index)]

    def moved_label(self, label: str, version: int) -> Splice | None:
        """Write a label's new version over the old; None for a label that is not there, or leaves its version out."""
        for (key, _), place in self._labels:
            values = _places(place.value, "value") if isinstance(place.value, Block) else []
            if key == label and values:
                return Splice(values[0].value.start, values[0].value.end, str(version))
            if key == label and isinstance(place.value, Block):
                return Splice(place.value.end - 1, place.value.end - 1, f" value: {version} ")
        return None

    def one_more_label(self, label: str, version: int) -> Splice:
        pair = f'{{ key: "{label}" value: {version} }}'
        if self._labels:
            return self._one_more(self._labels[-1][1], f"version_labels {pair}", pair)
        policy = next(field for field in self._block.fields if field.name == "model_version_policy")
        return stands_after(self._text, policy, f"version_labels {pair}")

    def without_label(self, label: str) -> list[Splice]:
        places = [place for (key, _), place in self._labels if key == label]
        return [splice for place in places for splice in removed(self._text, place.field, place.index)]

    def _one_more(self, last: _Place, field: str, value: str) -> Splice:
        if last.field.listed:
            return Splice(last.value.end, last.value.end, f", {value}")
        return stands_after(self._text, last.field, field)


def _first_in(block: Block, field: str) -> Splice:
    return Splice(block.start + 1, block.start + 1, f" {field} ")


def _blocks(owners: Sequence[Block], name: str) -> list[Block]:
    values = [value for owner in owners for each in owner.fields if each.name == name for value in each.values]
    return [value for value in values if isinstance(value, Block)]


def _places(block: Block, name: str) -> list[_Place]:
    fields = [field for field in block.fields if field.name == name]
    return [_Place(field, index) for field in fields for index in range(len(field.values))]


def _value(block: Block, name: str, field: FieldDescriptor) -> Value | None:
    places = _places(block, name)
    return _converted(places[0].value, field) if places else None


def _converted(value: Scalar | Block, field: FieldDescriptor) -> Value | None:
    return convert(value.pieces, field) if isinstance(value, Scalar) else None


def _pair(value: Scalar | Block) -> tuple[Value, Value]:
    block = value if isinstance(value, Block) else None
    key = _value(block, "key", _KEY) if block else None
    version = _value(block, "value", _LABELLED) if block else None
    return key or "", version or 0
