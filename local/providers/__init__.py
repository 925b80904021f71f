"""A small AWS provider for the real engine, where the real plugin cannot be had.

It maps the resource types this project uses, checks every input against the SDK's own metadata, and refuses the rest.
"""

from local.providers.aws import AwsProvider
from local.providers.serving import serve_providers

__all__ = ["AwsProvider", "serve_providers"]
