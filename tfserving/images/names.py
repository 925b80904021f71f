"""Names of images in ECR."""

import re
from typing import Final

_ECR_IMAGE: Final = re.compile(
    r"(?P<account>[0-9]{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<repository>[a-z0-9._/-]+)[:@].+"
)
CONTENT_TAG_LENGTH: Final = 16
_BUILT_HERE: Final = re.compile(rf".+:(?P<tag>[0-9a-f]{{{CONTENT_TAG_LENGTH}}})@sha256:[0-9a-f]+")


def repository_arn(image: str, partition: str) -> str | None:
    """Give the ARN of the ECR repository an image comes from, or None if it comes from elsewhere."""
    match = _ECR_IMAGE.fullmatch(image)
    if match is None:
        return None
    return f"arn:{partition}:ecr:{match['region']}:{match['account']}:repository/{match['repository']}"


def content_tag(image: str) -> str | None:
    """Give the tag that an image named `<repository>:<tag>@<digest>` got of its content; None if it has no such tag."""
    match = _BUILT_HERE.fullmatch(image)
    return match["tag"] if match else None


def repository_name(url: str) -> str:
    """Give the name of a repository, `tfserving-dev-server`, of its URL, `<registry>/tfserving-dev-server`."""
    return url.partition("/")[2]
