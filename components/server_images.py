"""The images machines run, by digest: those of the stack's own ECR repositories, or ready ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws

from components.component import Component
from components.content_image import ContentImage
from components.image_repository import ImageRepository
from tfserving.images import ImageSource, agent_source, content_tag, repository_arn, server_source
from tfserving.settings import BuildSettings, ImageSettings


@dataclass(frozen=True, kw_only=True)
class ServerImagesArgs:
    """Which images; `folder` is the project's, where Dockerfiles and contexts lie."""

    images: ImageSettings
    build: BuildSettings
    server_version: str
    folder: Path
    protected: bool
    kms_key_arn: str = ""
    tags: Mapping[str, str]


class ServerImages(Component):
    """The server's and the agent's image, and the repository of each.

    The repositories stand whether the stack builds an image or names a ready one: a build elsewhere needs a place to
    push to, and no switch from the one to the other may delete an image that machines run.
    """

    server: pulumi.Output[str]
    agent: pulumi.Output[str]
    repositories: dict[str, ImageRepository]
    repository_arns: list[pulumi.Output[str]]
    bases: list[str]
    account: pulumi.Output[str]

    def __init__(self, name: str, args: ServerImagesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ServerImages", name, args.tags, opts)
        self._args = args
        images = args.images
        self.repositories = {what: self._repository(what) for what in ("server", "agent")}
        self.repository_arns = [repository.arn for repository in self.repositories.values()]
        # A private registry's id is its account's.
        self.account = self.repositories["server"].repository.registry_id
        server, agent = server_source(images, args.build, args.server_version), agent_source(images)
        self.bases = [*server.bases, *agent.bases]
        self.server = self._image("server", images.server_digest, server)
        self.agent = self._image("agent", images.agent_digest, agent)
        self.register_outputs({"server": self.server, "agent": self.agent})

    def _repository(self, what: str) -> ImageRepository:
        return ImageRepository(
            f"{self._name}-{what}",
            protected=self._args.protected,
            kms_key_arn=self._args.kms_key_arn,
            tags=self._args.tags,
            opts=self._child(),
        )

    def _image(self, what: str, ready: str, source: ImageSource) -> pulumi.Output[str]:
        return self._ready(what, ready, source) if ready else self._own(what, source)

    def _own(self, what: str, source: ImageSource) -> pulumi.Output[str]:
        on = " --on codebuild" if self._args.build.code_build else ""
        image = ContentImage(
            what=what,
            source=source,
            folder=self._args.folder,
            command=f"tfs image build --stack {pulumi.get_stack()} --image {what}{on}",
            owner=self,
        )
        return image.in_repository(self.repositories[what].url)

    def _ready(self, what: str, image: str, source: ImageSource) -> pulumi.Output[str]:
        self._warn_of_older(what, image, source)
        partition = aws.get_partition_output(opts=self._invoke()).partition
        if repository_arn(image, "aws"):
            self.repository_arns.append(partition.apply(lambda name: repository_arn(image, name) or ""))
        return pulumi.Output.from_input(image)

    def _warn_of_older(self, what: str, image: str, source: ImageSource) -> None:
        tag = content_tag(image)
        if tag and tag != (now := source.tag(self._args.folder)):
            stack = pulumi.get_stack()
            pulumi.log.warn(
                f"{what}ImageDigest names the image {tag!r}, which machines keep running, but settings and Dockerfiles "
                f"make {now!r} now. `tfs image build --stack {stack} --image {what} --set` builds and names it.",
                resource=self,
            )
