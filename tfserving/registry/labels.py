"""Which version a label means, by the stack's models.config."""

from typing import TYPE_CHECKING, Final

from tfserving.registry.entries import RegistryError
from tfserving.server_configs import parse_models

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MODELS_CONFIG: Final = "configs/models.config"


def read_models_config(s3: "S3Client", bucket: str) -> str:
    """Read the models.config that a stack serves by; raises RegistryError if there is none."""
    try:
        return s3.get_object(Bucket=bucket, Key=MODELS_CONFIG)["Body"].read().decode()
    except s3.exceptions.NoSuchKey as error:
        raise RegistryError(
            f"There is no s3://{bucket}/{MODELS_CONFIG}. Name the stack's output configsBucket."
        ) from error


def labels_of(models_config: str, model: str) -> dict[str, int]:
    """Give a model's labels with their versions; none if the config does not list the model.

    Raises ServerConfigError if the text is no models.config.
    """
    for config in parse_models(models_config, MODELS_CONFIG).model_config_list.config:
        if config.name == model:
            return dict(config.version_labels)
    return {}


def version_of_label(models_config: str, model: str, label: str) -> int:
    """Give the version that a label of a model means; raises RegistryError, with the labels there are, if none."""
    labels = labels_of(models_config, model)
    if label not in labels:
        there = ", ".join(f"{name!r}" for name in sorted(labels)) or "none"
        raise RegistryError(f"models.config gives {model} no label {label!r}. It has {there}.")
    return labels[label]
