"""Where things are in the store."""

import re
from typing import Final

from tfserving.server_configs.paths import MODEL_NAME as MODEL_NAME

MANIFEST: Final = "manifest.json"
_VERSION: Final = re.compile(r"0|[1-9][0-9]*")


def model_prefix(model: str) -> str:
    """Give the prefix below which a model's versions lie."""
    return f"models/{model}/"


def version_prefix(model: str, version: int) -> str:
    """Give the prefix of one version's files."""
    return f"{model_prefix(model)}{version}/"


def manifest_key(model: str, version: int) -> str:
    """Give the key of a version's manifest, whose presence makes the version complete."""
    return f"{version_prefix(model, version)}{MANIFEST}"


def version_of(folder: str) -> int | None:
    """Read a version's folder name; None for anything else, leading zeros included."""
    return int(folder) if _VERSION.fullmatch(folder) else None
