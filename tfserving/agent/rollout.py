"""What has to happen next, as pure functions of what is wanted, what is on disk, and what the server does.

The states of one version: wanted, downloading, on disk, offered, AVAILABLE, labelled; or failed.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tfserving.protos.server_config_pb2 import ModelConfig, ModelServerConfig

WANTED: Final = "wanted"
DOWNLOADING: Final = "downloading"
ON_DISK: Final = "on disk"
OFFERED: Final = "offered"
AVAILABLE: Final = "AVAILABLE"
LABELLED: Final = "labelled"
FAILED: Final = "failed"

Version = tuple[str, int]


@dataclass(frozen=True)
class Plan:
    """The next step: versions to download; the config may be written only when none is left."""

    download: tuple[Version, ...]

    @property
    def write_config(self) -> bool:
        """Tell whether everything wanted is on disk: data first, config second (tensorflow/serving#2189)."""
        return not self.download


@dataclass(frozen=True)
class ServerState:
    """What the server says over gRPC: the state of each version, the version each label leads to; and whether REST,
    where it is open, answers, too.
    """

    answers: bool = False
    states: Mapping[Version, str] = field(default_factory=dict)
    errors: Mapping[Version, str] = field(default_factory=dict)
    labels: Mapping[tuple[str, str], int] = field(default_factory=dict)
    rest_answers: bool = True


def wanted_versions(config: ModelServerConfig, published: Callable[[str], Sequence[int]]) -> dict[str, tuple[int, ...]]:
    """Resolve each model's version policy; `published` lists a model's complete versions in the store."""
    return {model.name: _resolve(model, published) for model in config.model_config_list.config}


def _resolve(model: ModelConfig, published: Callable[[str], Sequence[int]]) -> tuple[int, ...]:
    policy = model.model_version_policy
    if policy.WhichOneof("policy_choice") == "specific":
        return tuple(sorted(set(policy.specific.versions)))
    versions = sorted(published(model.name))
    if policy.WhichOneof("policy_choice") == "all":
        return tuple(versions)
    # No policy, and a policy of 0 versions, both mean the latest one.
    return tuple(versions[-(policy.latest.num_versions or 1) :])


def plan(wanted: Collection[Version], on_disk: Collection[Version]) -> Plan:
    """Say what is missing."""
    return Plan(tuple(version for version in wanted if version not in on_disk))


def wanted_labels(config: ModelServerConfig) -> dict[tuple[str, str], int]:
    """Give the version each label of each model must lead to."""
    return {
        (model.name, label): version
        for model in config.model_config_list.config
        for label, version in model.version_labels.items()
    }


def state_of(version: Version, *, on_disk: bool, offered: bool, labels: Collection[str], server: ServerState) -> str:
    """Say how far a version has come."""
    if not on_disk:
        return WANTED
    if not offered:
        return ON_DISK
    if server.errors.get(version):
        return FAILED
    if server.states.get(version) != AVAILABLE:
        return OFFERED
    in_place = all(server.labels.get((version[0], label)) == version[1] for label in labels)
    return LABELLED if labels and in_place else AVAILABLE
