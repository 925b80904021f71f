"""What images of a rehearsal are built on, in place of public ones that may be out of reach."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from local.cloud import Cloud
from tfserving.settings import ServerSettings

KIND: Final = "tfserving:serverImage"
VERSION: Final = "tfserving:serverVersion"
SOURCES: Final = "file:///srv/sources"


def base_images(cloud: Cloud, settings: Path) -> dict[str, str]:
    """Give the settings that name base images; Docker Hub's names stay what they are.

    A stand-in under the real one's name would deceive every other project on this machine.
    """
    config = yaml.safe_load(settings.read_text())["config"]
    return {"tfserving:agentBaseImage": cloud.image("python"), **_server(cloud, config)}


def _server(cloud: Cloud, config: Mapping[str, Any]) -> dict[str, str]:
    version = str(config.get(VERSION, ServerSettings().version))
    stand_in = cloud.image("stand-in", version)
    if config.get(KIND, "stock") == "stock":
        return {"tfserving:serverBaseImage": os.environ.get("LOCAL_SERVER_IMAGE") or stand_in}
    return {
        "tfserving:serverBaseImage": stand_in,
        "tfserving:serverBuildImage": cloud.image("bazel"),
        "tfserving:serverSourceUrl": f"{SOURCES}/{version}.tar.gz",
    }
