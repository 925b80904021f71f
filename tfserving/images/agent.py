"""The agent's image."""

from typing import Final

from tfserving.images.source import ImageSource
from tfserving.settings.images import ImageSettings

PYTHON_IMAGE: Final = "python:3.12-slim-bookworm"


def agent_source(images: ImageSettings) -> ImageSource:
    """Give the source of the agent image."""
    return ImageSource(
        dockerfile="dockerfiles/agent.Dockerfile",
        context="tfserving",
        arguments={"BASE_IMAGE": images.agent_base or PYTHON_IMAGE},
    )
