"""What a models.config wants of the store, held against what the store has."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tfserving.errors import Problem
from tfserving.model_store.layout import MANIFEST, version_prefix
from tfserving.protos.server_config_pb2 import ModelServerConfig
from tfserving.server_configs.reading import Entry, read

_MOST_NAMED: Final = 10


@dataclass(frozen=True)
class WantedModel:
    """A model of models.config: where it is named, and where each version it lists is.

    Without a list it wants whatever is newest, or all.
    """

    name: str
    where: str
    versions: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StoredModel:
    """The versions of a model of which the store has anything, and those that are complete."""

    begun: frozenset[int] = frozenset()
    complete: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Shortage:
    """What the store lacks: mistakes of the config, and what is merely still to be published."""

    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()


def wanted_models(text: str, origin: str) -> tuple[WantedModel, ...]:
    """Give the models of a models.config that `check_models` finds no mistake in; `origin` is the file's path."""
    root = read(text, origin, ModelServerConfig).root
    models = [] if root is None else [entry for group in root.all("model_config_list") for entry in group.all("config")]
    return tuple(_wanted(model) for model in models)


def shortage(wanted: Sequence[WantedModel], stored: Mapping[str, StoredModel], bucket: str) -> Shortage:
    """Hold what is wanted against what the store has of each model.

    A store that has nothing of any of them is one that nobody has published to yet, which is no mistake.
    """
    if not any(stored[model.name].begun for model in wanted):
        return Shortage(warnings=tuple(_first(wanted, bucket)))
    problems = [problem for model in wanted for problem in _problems(model, stored[model.name], bucket)]
    return Shortage(tuple(problems), tuple(_unlisted(wanted, stored, bucket)))


def _wanted(model: Entry) -> WantedModel:
    name = model.get("name")
    assert name is not None
    listed = (
        version
        for policy in model.all("model_version_policy")
        for specific in policy.all("specific")
        for version in specific.all("versions")
    )
    return WantedModel(
        str(name.value),
        name.where,
        {version.value: version.where for version in listed if isinstance(version.value, int)},
    )


def _problems(model: WantedModel, stored: StoredModel, bucket: str) -> Iterator[Problem]:
    for version, where in model.versions.items():
        if version not in stored.complete:
            folder = f"s3://{bucket}/{version_prefix(model.name, version)}"
            yield Problem(
                where,
                f"Version {version} of the model {model.name!r} {_state(version, stored, folder)}. "
                f"`{_publish(model.name, version, bucket)}` puts it there; or {_alternative(stored)}.",
            )


def _state(version: int, stored: StoredModel, folder: str) -> str:
    if version in stored.begun:
        return f"is incomplete in the model store: {folder} has files, but not both {MANIFEST} and a SavedModel"
    return f"is not in the model store: there is nothing at {folder}"


def _alternative(stored: StoredModel) -> str:
    newest = sorted(stored.complete)[-_MOST_NAMED:]
    return f"list another one, such as {', '.join(map(str, newest))}" if newest else "leave it out of the list"


def _unlisted(wanted: Sequence[WantedModel], stored: Mapping[str, StoredModel], bucket: str) -> Iterator[str]:
    for model in wanted:
        if not model.versions and not stored[model.name].complete:
            yield (
                f"{model.where}: The model store has no complete version of the model {model.name!r}, so nothing of it "
                f"is served until one is published: `{_publish(model.name, None, bucket)}`."
            )


def _first(wanted: Sequence[WantedModel], bucket: str) -> Iterator[str]:
    commands = [_publish(model.name, version, bucket) for model in wanted for version in model.versions or (None,)]
    said = f"The model store s3://{bucket} has none of the wanted models yet; machines serve once they are published:"
    yield "\n  ".join([said, *commands])


def _publish(model: str, version: int | None, bucket: str) -> str:
    which = "" if version is None else f" --version {version}"
    return f"tfs publish DIRECTORY --model {model}{which} --bucket {bucket}"
