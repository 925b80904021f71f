"""Which providers the engine talks to: installed plugins, or the rehearsal's own."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Final

from local.providers import AwsProvider, serve_providers

OWN: Final = "own"


@contextlib.contextmanager
def provider_environment() -> Iterator[Mapping[str, str]]:
    """Serve the AWS provider if none is installed while the context lasts; yields the engine's environment for it.

    LOCAL_PROVIDERS=own leaves an installed AWS plugin aside.
    """
    with serve_providers(aws=None if uses_installed_aws() else AwsProvider()) as environment:
        # The engine would look for an attached one among the released plugins, for seconds where there is no network.
        yield {**environment, "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true"}


def uses_installed_aws() -> bool:
    """Tell whether the real AWS plugin, in the version the SDK wants, is there and wanted."""
    folder = Path.home() / ".pulumi/plugins" / f"resource-aws-v{version('pulumi_aws')}"
    return folder.is_dir() and os.environ.get("LOCAL_PROVIDERS") != OWN
