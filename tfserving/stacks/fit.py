"""Rules that hold a stack's settings against its server configs."""

from collections.abc import Iterator
from typing import Final

from tfserving.errors import Problem
from tfserving.server_configs import ServerConfigFile, ServerConfigFiles, check_batching, parse_batching
from tfserving.server_flags import FLAGS
from tfserving.server_flags.table import exists_in, parse_version
from tfserving.settings import NAMESPACE, Settings

_PER_MODEL: Final = "enable_per_model_batching_parameters"
_REST_TIMEOUT: Final = "rest_api_timeout_in_ms"
_MICROS: Final = 1000
_SESSION_FLAG: Final = FLAGS["tensorflow_session_config_file"]


def file_misfits(settings: Settings, files: ServerConfigFiles) -> list[Problem]:
    """Find what settings and server configs, each sound for itself, make the server do together."""
    flags = settings.server.flags
    problems: list[Problem] = [*_session(settings, files), *_monitoring(settings, files)]
    if flags.get(_PER_MODEL) in (True, "true") and files.batching is None:
        problems.append(
            Problem(
                f"{NAMESPACE}:serverFlags.{_PER_MODEL}",
                f"{_PER_MODEL} is on, but the stack has no batching.config, without which no model is batched. "
                "Add that file, or remove the flag.",
            )
        )
    if files.batching and settings.server.rest:
        problems += _waiting(files.batching, flags.get(_REST_TIMEOUT, FLAGS[_REST_TIMEOUT].default))
    return problems


def _waiting(batching: ServerConfigFile, rest_timeout_ms: object) -> Iterator[Problem]:
    if check_batching(batching.text, batching.path):
        return
    waits = parse_batching(batching.text, batching.path).batch_timeout_micros.value
    if waits >= int(str(rest_timeout_ms)) * _MICROS:
        yield Problem(
            batching.path,
            f"batch_timeout_micros is {waits}, but the server ends REST calls after {rest_timeout_ms} ms "
            f"({_REST_TIMEOUT}): a call that no other joins would always fail with 504. Lower the one, or raise the "
            f"other in {NAMESPACE}:serverFlags.",
        )


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
