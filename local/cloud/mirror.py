"""Base images in the rehearsal's registry, where builders find them; public names are out of their reach."""

from typing import Any, Final

import docker
from docker.errors import DockerException, ImageNotFound

from local.cloud import engine
from local.cloud.cloud import Cloud
from local.cloud.endpoints import Endpoints
from tfserving.errors import TfServingError

FOLDER: Final = "bases"
_LATEST: Final = "latest"


def mirror(cloud: Cloud, image: str) -> str:
    """Push an image of this machine's engine, pulling it first if need be; gives its name as builders pull it.

    This machine's engine has it under that name, too, and builds on it without asking for it.

    Raises TfServingError if the AWS is not up, or the image cannot be had or pushed.
    """
    endpoints = cloud.endpoints()
    if endpoints is None:
        raise TfServingError(f"The rehearsal is not up, so nothing can take the base image {image!r}.")
    name = mirrored(image)
    in_ecr = f"{endpoints.registry_host}/{name}"
    client = engine.connect()
    try:
        found = _found(client, image)
        found.tag(in_ecr)
        _push(client, endpoints, found, f"{endpoints.registry}/{name}")
    except DockerException as error:
        raise TfServingError(f"The base image {image!r} cannot be had or pushed: {error}") from error
    finally:
        client.close()
    return in_ecr


def mirrored(image: str) -> str:
    """Give the name an image has in the registry: its own, without the host it is from."""
    name, _, digest = image.partition("@sha256:")
    path, slash, last = name.rpartition("/")
    repository, _, tag = last.partition(":")
    host, _, rest = path.partition("/")
    folder = f"{rest}/" if rest else ""
    within = folder if "." in host or ":" in host or host == "localhost" else f"{path}{slash}"
    return f"{FOLDER}/{within}{repository}:{tag or digest[:16] or _LATEST}"


def _push(client: docker.DockerClient, endpoints: Endpoints, image: Any, target: str) -> None:
    image.tag(target)
    try:
        for line in _pushing(client, endpoints, target):
            if "error" in line:
                raise DockerException(line["error"])
    finally:
        client.images.remove(target)


def _pushing(client: docker.DockerClient, endpoints: Endpoints, target: str) -> Any:
    # What the rehearsal's ECR hands out to everybody.
    credentials = {"username": "AWS", "password": f"{endpoints.account}-auth-token"}
    return client.api.push(target, stream=True, decode=True, auth_config=credentials)


def _found(client: docker.DockerClient, image: str) -> Any:
    try:
        return client.images.get(image)
    except ImageNotFound:
        return client.images.pull(image)
