"""What a store that has nothing of the wanted models yet still has to be given."""

from collections.abc import Iterable
from dataclasses import dataclass

from tfserving.server_configs import parse_models


@dataclass(frozen=True)
class ModelFolder:
    """A model's place in the store; no versions are named if it wants whatever there is."""

    model: str
    bucket: str
    prefix: str
    versions: tuple[int, ...]

    @property
    def commands(self) -> tuple[str, ...]:
        """Give the commands that publish what is wanted."""
        command = f"tfs publish DIRECTORY --model {self.model}"
        numbers = [f" --version {version}" for version in self.versions] or [""]
        return tuple(f"{command}{number} --bucket {self.bucket}" for number in numbers)


def model_folders(models_config: str) -> tuple[ModelFolder, ...]:
    """Read where the models of a models.config lie, as it stands in S3: base paths are `s3://<bucket>/<prefix>`."""
    found = []
    for config in parse_models(models_config, "models.config").model_config_list.config:
        bucket, _, prefix = config.base_path.removeprefix("s3://").partition("/")
        versions = tuple(config.model_version_policy.specific.versions)
        found.append(ModelFolder(config.name, bucket, f"{prefix.rstrip('/')}/", versions))
    return tuple(found)


def nothing_published(folders: Iterable[ModelFolder]) -> str:
    """Say what to publish."""
    commands = [command for folder in folders for command in folder.commands]
    return "\n  ".join(
        [
            "The model store has nothing yet of what models.config names, so nothing is served. Once it is published, "
            "the machines take it up by themselves, and `tfs status --wait 10m` tells when they serve:",
            *commands,
        ]
    )
