"""Small resource providers for the real engine, where the real plugins cannot be had.

They map the resource types this project uses, check every input against the SDK's own metadata, and refuse the rest.
"""

from local.providers.aws import AwsProvider
from local.providers.docker import DockerProvider
from local.providers.serving import serve_providers

__all__ = ["AwsProvider", "DockerProvider", "serve_providers"]
