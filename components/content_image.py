"""An image in the stack's own repository that is known by its content: the one ECR has, or one that is built now.

It is no resource of the engine's. One that builds, as pulumi_docker's Image, needs a Docker engine for every preview as
long as it is in the state (pulumi/pulumi-docker#1106), and pushes a tag that an immutable repository has already, be it
after a roll-back of settings or after an update that was cut off.
"""

import asyncio
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import pulumi
import pulumi_aws as aws

from tfserving.errors import TfServingError
from tfserving.images import ImageSource, building, repository_name
from tfserving.images.building import Target

Value = TypeVar("Value")


class ImageNotBuilt(pulumi.RunError):
    """An image is not in ECR and could not be built here; the text says how to build it elsewhere."""


@dataclass(frozen=True, kw_only=True)
class ContentImage:
    """What an image is built from below the project's folder; `owner` asks ECR, and its line in the update tells.

    `command` builds the image apart from updates.
    """

    what: str
    source: ImageSource
    folder: Path
    command: str
    owner: pulumi.Resource

    def in_repository(self, url: pulumi.Output[str]) -> pulumi.Output[str]:
        """Give the image of a repository by tag and digest, as `tfs image build` names it.

        If ECR lacks the tag of its content, an update builds and pushes it, and a preview leaves it unknown. Fails with
        ImageNotBuilt.
        """
        tag = self.source.tag(self.folder)
        return url.apply(lambda known: self._image(Target(known, tag)))

    def _image(self, target: Target) -> pulumi.Output[str]:
        return self._pushed(target).apply(lambda image: image or self._made(target))

    def _pushed(self, target: Target) -> pulumi.Output[str]:
        found = aws.ecr.get_images_output(
            repository_name=repository_name(target.repository),
            opts=self._invoke(),
        )
        return found.image_ids.apply(
            lambda images: next(
                (target.at(image.image_digest) for image in images if image.image_tag == target.tag), ""
            )
        )

    def _made(self, target: Target) -> pulumi.Output[str]:
        if pulumi.runtime.is_dry_run():
            self._say(
                f"The {self.what} image {target.tag!r} is not in ECR yet: the update builds it on the Docker engine at "
                f"hand and pushes it. `{self.command}` does so beforehand."
            )
            return _unknown()
        token = aws.ecr.get_authorization_token_output(opts=self._invoke()).authorization_token
        # The token is a secret, what was built with it is none.
        built = pulumi.Output.unsecret(token.apply(lambda known: self._build(target, known)))
        # What ECR says counts: another update may have pushed the same content in the meantime.
        return built.apply(lambda failure: self._pushed(target).apply(lambda image: image or self._refuse(failure)))

    async def _build(self, target: Target, token: str) -> str:
        """Build and push; give what failed, or nothing."""
        loop = asyncio.get_running_loop()

        def say(line: str) -> None:
            loop.call_soon_threadsafe(partial(self._say, f"{self.what}: {line}", ephemeral=True))

        try:
            self._say(f"Building the {self.what} image {target.tag!r}.")
            await asyncio.to_thread(building.build, self.source, self.folder, target, say)
            self._say(f"Pushing the {self.what} image {target.tag!r}.")
            await asyncio.to_thread(building.push_with, token, target, say)
        except TfServingError as error:
            return str(error)
        return ""

    def _refuse(self, failure: str) -> str:
        raise ImageNotBuilt(
            f"The {self.what} image is not in ECR, and it could not be built here: "
            f"{failure or 'it was pushed, but ECR does not list it.'}\n"
            f"Mend that and run `pulumi up` again, or build the image elsewhere, which the next update then finds: "
            f"`{self.command}`."
        )

    def _say(self, text: str, *, ephemeral: bool = False) -> None:
        pulumi.log.info(text, resource=self.owner, ephemeral=ephemeral)

    def _invoke(self) -> pulumi.InvokeOutputOptions:
        # Unlike resources, invokes do not inherit the owner's provider by themselves.
        return pulumi.InvokeOutputOptions(parent=self.owner)


def _unknown() -> pulumi.Output[str]:
    async def value(known: Value) -> Value:
        return known

    return pulumi.Output(set(), value(""), value(False))
