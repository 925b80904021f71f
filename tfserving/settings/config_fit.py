"""Whether the server reads a stack's server configs at all: rules that hold settings against files."""

from collections.abc import Iterator
from typing import Final

from tfserving.errors import Problem
from tfserving.server_configs import ServerConfigFiles
from tfserving.server_flags.table import FLAGS, exists_in, parse_version
from tfserving.settings.load import NAMESPACE, Settings

_SESSION_FLAG: Final = FLAGS["tensorflow_session_config_file"]


def config_misfits(settings: Settings, files: ServerConfigFiles) -> Iterator[Problem]:
    """Yield the files that a server of these settings would ignore without a word."""
    yield from _session(settings, files)
    yield from _monitoring(settings, files)


def _session(settings: Settings, files: ServerConfigFiles) -> Iterator[Problem]:
    version = settings.server.version
    if files.session and not exists_in(_SESSION_FLAG, parse_version(version)):
        since = ".".join(map(str, _SESSION_FLAG.since or ()))
        yield Problem(
            f"{files.session.path}:1:1",
            f"{NAMESPACE}:serverVersion is {version!r}, and TensorFlow Serving reads session settings from {since} on. "
            "Remove the file, or choose a newer server.",
        )


def _monitoring(settings: Settings, files: ServerConfigFiles) -> Iterator[Problem]:
    if files.monitoring and not settings.server.rest:
        yield Problem(
            f"{files.monitoring.path}:1:1",
            f"{NAMESPACE}:rest is false, and Prometheus reads the server's metrics on REST's port. Put a "
            "monitoring.config with nothing but a comment into the stack's own folder, or set rest to true.",
        )
