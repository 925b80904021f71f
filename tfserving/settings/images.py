"""Which container images the machines run, and what they are built from."""

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from tfserving.settings.concern import Concern
from tfserving.settings.values import matching

PYTHON_IMAGE: Final = "python:3.12-slim-bookworm"
SERVER_REPOSITORY: Final = "tensorflow/serving"

ImageByDigest = Annotated[
    str,
    AfterValidator(
        matching(
            r"|[a-z0-9.:-]+(?:/[a-z0-9._-]+)+@sha256:[0-9a-f]{64}",
            "an image named by digest, such as '123456789012.dkr.ecr.eu-central-1.amazonaws.com/server@sha256:...'",
        )
    ),
]
ImageName = Annotated[str, AfterValidator(matching(r"|[a-z0-9][\w./:@-]*", "an image name"))]


class ImageSettings(Concern):
    """The server's and the agent's image: built into the stack's ECR repositories, or ready ones named by digest."""

    kind: Literal["stock"] = Field(
        default="stock",
        alias="serverImage",
        description="Kind of server image: 'stock' is the official release with an allocator and a health check.",
    )
    server_digest: ImageByDigest = Field(
        default="",
        alias="serverImageDigest",
        description="A ready server image, repository@sha256:...; empty builds one. Both digests: no Docker needed.",
    )
    agent_digest: ImageByDigest = Field(
        default="",
        alias="agentImageDigest",
        description="A ready agent image, repository@sha256:...; empty builds one.",
    )
    server_base: ImageName = Field(
        default="",
        alias="serverBaseImage",
        description="What the stock image is built on, for mirrors of Docker Hub; empty is tensorflow/serving.",
    )
    agent_base: ImageName = Field(
        default="",
        alias="agentBaseImage",
        description=f"What the agent image is built on; empty is {PYTHON_IMAGE}.",
    )

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Refuse a base image for an image that is not built."""
        for which in ("server", "agent"):
            if getattr(self, f"{which}_digest") and getattr(self, f"{which}_base"):
                yield (
                    f"{which}BaseImage",
                    f"is set, but {which}ImageDigest names a ready image, so nothing is built. Remove one of the two.",
                )

    @property
    def agent_base_image(self) -> str:
        """Name the image the agent is built on."""
        return self.agent_base or PYTHON_IMAGE

    def server_base_image(self, version: str) -> str:
        """Name the image the stock server is built on."""
        return self.server_base or f"{SERVER_REPOSITORY}:{version}"
