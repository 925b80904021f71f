"""Container images: what each is built from, and the names that follow from it."""

from tfserving.images.agent import agent_source
from tfserving.images.code_build import BUILDS_PREFIX
from tfserving.images.names import content_tag, repository_arn, repository_name
from tfserving.images.server import server_source
from tfserving.images.source import ImageSource

__all__ = [
    "BUILDS_PREFIX",
    "ImageSource",
    "agent_source",
    "content_tag",
    "repository_arn",
    "repository_name",
    "server_source",
]
