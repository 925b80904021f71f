"""Container images: what each is built from, and the names that follow from it."""

from tfserving.images.agent import agent_source
from tfserving.images.names import repository_arn, repository_name
from tfserving.images.server import server_source
from tfserving.images.source import ImageSource

__all__ = ["ImageSource", "agent_source", "repository_arn", "repository_name", "server_source"]
