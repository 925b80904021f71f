"""What images of a rehearsal are built on, in place of public ones that may be out of reach."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from local.cloud import Cloud
from local.cloud.mirror import mirror
from tfserving.settings import ServerSettings

KIND: Final = "tfserving:serverImage"
VERSION: Final = "tfserving:serverVersion"
CODE_BUILD: Final = "tfserving:codeBuild"
SOURCES: Final = "file:///srv/sources"


def base_images(cloud: Cloud, settings: Path) -> dict[str, str]:
    """Give the settings that name base images; Docker Hub's names stay what they are.

    A stand-in under the real one's name would deceive every other project on this machine. Those of a stack that builds
    on CodeBuild, too, are in the AWS's registry, as an operator's mirror would be.
    """
    config = yaml.safe_load(settings.read_text())["config"]
    bases = {"tfserving:agentBaseImage": cloud.image("python"), **_server(cloud, config)}
    return {**bases, **_mirrored(cloud, bases)} if config.get(CODE_BUILD) else bases


def _mirrored(cloud: Cloud, bases: Mapping[str, str]) -> dict[str, str]:
    # The data plane finds what it runs builds in, and does not build it itself.
    cloud.image("builder")
    return {key: mirror(cloud, image) for key, image in bases.items() if key.endswith("Image")}


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
