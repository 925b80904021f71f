"""The images machines run, by digest: built into ECR repositories of the stack, or ready ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws

from components.component import Component
from components.image_repository import ImageRepository
from tfserving import image_sources
from tfserving.image_sources import ImageSource
from tfserving.settings import ImageSettings

PLATFORM = "linux/amd64"


@dataclass(frozen=True, kw_only=True)
class ServerImagesArgs:
    """Which images; `folder` is the project's, where Dockerfiles and contexts lie."""

    images: ImageSettings
    server_version: str
    folder: Path
    protected: bool
    tags: Mapping[str, str]


class ServerImages(Component):
    """The server's and the agent's image."""

    server: pulumi.Output[str]
    agent: pulumi.Output[str]
    repository_arns: list[pulumi.Output[str]]

    def __init__(self, name: str, args: ServerImagesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ServerImages", name, args.tags, opts)
        self._args = args
        self.repository_arns = []
        images = args.images
        server_base = images.server_base_image(args.server_version)
        self.server = self._image("server", images.server_digest, image_sources.stock_server(server_base))
        self.agent = self._image("agent", images.agent_digest, image_sources.agent(images.agent_base_image))
        self.register_outputs({"server": self.server, "agent": self.agent})

    def _image(self, what: str, ready: str, source: ImageSource) -> pulumi.Output[str]:
        return self._ready(ready) if ready else self._built(what, source)

    def _ready(self, image: str) -> pulumi.Output[str]:
        partition = aws.get_partition_output(opts=self._invoke()).partition
        if image_sources.repository_arn(image, "aws"):
            self.repository_arns.append(partition.apply(lambda name: image_sources.repository_arn(image, name) or ""))
        return pulumi.Output.from_input(image)

    def _built(self, what: str, source: ImageSource) -> pulumi.Output[str]:
        repository = ImageRepository(
            f"{self._name}-{what}",
            protected=self._args.protected,
            tags=self._args.tags,
            opts=self._child(),
        )
        self.repository_arns.append(repository.arn)
        return self._push(what, source, repository)

    def _push(self, what: str, source: ImageSource, repository: ImageRepository) -> pulumi.Output[str]:
        # A stack with ready images needs neither this import nor a Docker engine.
        import pulumi_docker as docker

        token = aws.ecr.get_authorization_token_output(
            registry_id=repository.repository.registry_id,
            opts=self._invoke(),
        )
        image = docker.Image(
            f"{self._name}-{what}",
            image_name=pulumi.Output.concat(repository.url, ":", source.tag(self._args.folder)),
            build=docker.DockerBuildArgs(
                context=source.context,
                dockerfile=source.dockerfile,
                args=dict(source.arguments),
                platform=PLATFORM,
            ),
            registry=docker.RegistryArgs(
                server=repository.url,
                username=token.user_name,
                password=pulumi.Output.secret(token.password),
            ),
            opts=self._child(),
        )
        return image.repo_digest
