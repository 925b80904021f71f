"""The models a stack's models.config wants, each version of which gets a copy of a network that reads digits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local.digits.versions import VERSIONS
from tfserving.protos.server_config_pb2 import ModelConfig
from tfserving.server_configs import find_server_configs, parse_models

# What is published for a model that wants whatever there is.
WHATEVER_THERE_IS: Final = (0, 1)


@dataclass(frozen=True)
class Wanted:
    """One model: its versions and labels."""

    model: str
    versions: tuple[int, ...]
    labels: tuple[str, ...]

    @property
    def choices(self) -> Iterator[Mapping[str, int | str]]:
        """Give what a client may ask for."""
        yield from ({"version": version} for version in self.versions)
        yield from ({"label": label} for label in self.labels)


def wanted_models(project: Path, stack: str) -> list[Wanted]:
    """Read what a stack wants below a project's folder."""
    models = find_server_configs(project, stack).models
    return [_wanted(config) for config in parse_models(models.text, models.path).model_config_list.config]


def trained_version(version: int) -> int:
    """Name the trained network that is published as a version."""
    return version if version in VERSIONS else VERSIONS[version % len(VERSIONS)]


def _wanted(config: ModelConfig) -> Wanted:
    versions = tuple(config.model_version_policy.specific.versions) or WHATEVER_THERE_IS
    return Wanted(config.name, versions, tuple(sorted(config.version_labels)))
