"""Which providers the engine talks to: installed plugins, or the rehearsal's own."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Final

from local.cloud import Endpoints
from local.providers import AwsProvider, DockerProvider, serve_providers
from local.stack.progress import Report

OWN: Final = "own"


@contextlib.contextmanager
def provider_environment(endpoints: Endpoints, report: Report, folder: Path) -> Iterator[Mapping[str, str]]:
    """Serve the providers that are not installed while the context lasts; yields the engine's environment for them.

    Paths of Dockerfiles and build contexts are relative to the folder, the program's.

    Docker's is always the rehearsal's own: the real one would push to AWS, whose name only machines resolve locally.
    LOCAL_PROVIDERS=own leaves an installed AWS plugin aside.
    """
    aws = None if uses_installed_aws() else AwsProvider()
    docker = DockerProvider(registries={endpoints.registry_host: endpoints.registry}, report=report, folder=folder)
    with serve_providers(aws=aws, docker=docker) as environment:
        # The engine would look for the attached ones among the released plugins, for seconds where there is no network.
        yield {**environment, "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true"}


def uses_installed_aws() -> bool:
    """Tell whether the real AWS plugin, in the version the SDK wants, is there and wanted."""
    folder = Path.home() / ".pulumi/plugins" / f"resource-aws-v{version('pulumi_aws')}"
    return folder.is_dir() and os.environ.get("LOCAL_PROVIDERS") != OWN
