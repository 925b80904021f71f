"""Builds and pushes with a Docker engine."""

import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from docker import DockerClient
from docker.errors import APIError, DockerException, NotFound

from local.providers.docker.context import DOCKERFILE, build_context
from local.providers.failures import ProviderError
from local.providers.wire import Values

Report = Callable[[str], None]

_ECR: Final = ".dkr.ecr."
# A push of a big layer may say nothing for long.
_QUIET_SECONDS: Final = 600
_LINES_OF_A_FAILURE: Final = 20
_MOST_OF_A_STEP: Final = 80
_ABSENT: Final = ("manifest unknown", "name unknown", "not found")


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


@dataclass(frozen=True)
class DockerEngine:
    """A Docker engine, and where the registries of AWS are to be found from it."""

    client: DockerClient
    registries: Mapping[str, str]
    report: Report
    folder: Path

    @property
    def _api(self) -> Any:
        return self.client.api

    def build(self, inputs: Values) -> str:
        """Build an image under its name and give its id.

        Raises ProviderError with the end of the build's log.
        """
        build = inputs.get("build", {})
        with tempfile.TemporaryFile() as archive:
            build_context(build, self.folder).write(archive)
            lines = self._api.build(
                fileobj=archive,
                custom_context=True,
                dockerfile=DOCKERFILE,
                tag=inputs["imageName"],
                buildargs=build.get("args", {}),
                platform=build.get("platform"),
                target=build.get("target"),
                network_mode=build.get("network"),
                rm=True,
                forcerm=True,
                decode=True,
            )
            self._follow(inputs["imageName"], lines)
        return str(self._api.inspect_image(inputs["imageName"])["Id"])

    def push(self, name: str, registry: Values) -> str:
        """Push an image and give its digest, under the host the program knows the registry by.

        Raises ProviderError if the tag exists already: ECR refuses to overwrite it in an immutable repository, be the
        image the same or not (moby/buildkit#3776).
        """
        image = ImageName.parse(name)
        target = ImageName(image.repository.replace(image.host, self._address(image.host), 1), image.tag)
        credentials: Values = {key: registry[key] for key in ("username", "password") if key in registry}
        if target != image:
            self._refuse_existing(image, target, credentials)
            self._api.tag(name, target.repository, target.tag, force=True)
        lines = self._api.push(target.repository, target.tag, stream=True, decode=True, auth_config=credentials)
        digests = [line["aux"]["Digest"] for line in self._follow(name, lines) if "Digest" in line.get("aux", {})]
        if not digests:
            raise ProviderError(f"Pushing {name!r} ended without a digest.")
        return f"{image.repository}@{digests[-1]}"

    def _address(self, host: str) -> str:
        if host not in self.registries and _ECR in host:
            known = ", ".join(self.registries) or "none"
            raise ProviderError(f"No local registry stands for {host!r}; known are: {known}.")
        return self.registries.get(host, host)

    def _refuse_existing(self, image: ImageName, target: ImageName, credentials: Values) -> None:
        try:
            self._api.inspect_distribution(f"{target.repository}:{target.tag}", auth_config=credentials)
        except NotFound:
            return
        except APIError as error:
            if any(words in str(error).lower() for words in _ABSENT):
                return
            raise
        raise ProviderError(
            f"tag invalid: The image tag {image.tag!r} already exists in the {image.repository.partition('/')[2]!r} "
            "repository and cannot be overwritten because the tag is immutable. Derive the tag from the content."
        )

    def _follow(self, what: str, lines: Iterable[Any]) -> list[Any]:
        seen: list[Any] = []
        for line in lines:
            seen.append(line)
            text = str(line.get("stream", "")).strip()
            if text.startswith("Step "):
                self.report(f"  {what.rpartition('/')[2]}: {text[:_MOST_OF_A_STEP]}")
            if "error" in line:
                log = "".join(str(entry.get("stream", "")) for entry in seen).splitlines()[-_LINES_OF_A_FAILURE:]
                raise ProviderError("\n".join([f"{what}: {line['error']}", *log]))
        return seen


def connect(host: str | None, registries: Mapping[str, str], report: Report, folder: Path) -> DockerEngine:
    """Connect to the Docker engine of the environment, or to the one named.

    Raises ProviderError if none answers.
    """
    try:
        named: Any = {"environment": {**os.environ, "DOCKER_HOST": host}} if host else {}
        client = DockerClient.from_env(timeout=_QUIET_SECONDS, **named)
        client.ping()
    except DockerException as error:
        raise ProviderError(
            f"failed to connect to any docker daemon: {error}. Start Docker, or name another with DOCKER_HOST; a stack "
            "whose images are all named by digest needs none."
        ) from None
    return DockerEngine(client, registries, report, folder)
