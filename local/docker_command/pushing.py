"""Pushes to a registry that stands for ECR."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from docker import DockerClient
from docker.errors import APIError, NotFound

from tfserving.errors import TfServingError

_ABSENT: Final = ("manifest unknown", "name unknown", "not found")


class PushRefused(TfServingError):
    """The registry did not take an image."""


@dataclass(frozen=True)
class ImageName:
    """`host/repository:tag`, taken apart; the host may have a port, and Docker Hub's images have none."""

    repository: str
    tag: str

    @classmethod
    def parse(cls, text: str) -> "ImageName":
        """Take a name apart; without a tag it is `latest`."""
        path, _, last = text.rpartition("/")
        name, _, tag = last.partition(":")
        return cls(f"{path}/{name}" if path else name, tag or "latest")

    @property
    def host(self) -> str:
        """Give what is before the first slash."""
        return self.repository.partition("/")[0]

    @property
    def path(self) -> str:
        """Give what is after the first slash."""
        return self.repository.partition("/")[2]

    def __str__(self) -> str:
        return f"{self.repository}:{self.tag}"


def push(client: DockerClient, image: ImageName, registry: str, credentials: Mapping[str, str]) -> str:
    """Push an image of an ECR registry to the local one and give its digest.

    Raises PushRefused if the tag exists already: ECR refuses to overwrite it in an immutable repository, be the image
    the same or not (moby/buildkit#3776).
    """
    api: Any = client.api
    target = replace(image, repository=f"{registry}/{image.path}")
    _refuse_existing(api, image, target, credentials)
    api.tag(str(image), target.repository, target.tag, force=True)
    lines = api.push(target.repository, target.tag, stream=True, decode=True, auth_config=dict(credentials))
    digests = [line["aux"]["Digest"] for line in _followed(image, lines) if "Digest" in line.get("aux", {})]
    if not digests:
        raise PushRefused(f"Pushing {str(image)!r} ended without a digest.")
    return str(digests[-1])


def _refuse_existing(api: Any, image: ImageName, target: ImageName, credentials: Mapping[str, str]) -> None:
    try:
        api.inspect_distribution(str(target), auth_config=dict(credentials))
    except NotFound:
        return
    except APIError as error:
        if any(words in str(error).lower() for words in _ABSENT):
            return
        raise
    raise PushRefused(
        f"tag invalid: The image tag {image.tag!r} already exists in the {image.path!r} repository and cannot be "
        "overwritten because the tag is immutable."
    )


def _followed(image: ImageName, lines: Iterable[Any]) -> Iterable[Any]:
    for line in lines:
        if "error" in line:
            raise PushRefused(f"{image}: {line['error']}")
        yield line
