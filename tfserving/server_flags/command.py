"""The server's argument list: this project's safe profile, and the operator's own flags on top of it."""

from collections.abc import Mapping
from typing import Final

from tfserving.server_flags.table import FLAGS, exists_in, parse_version

# Each call that waits for a batch holds a thread; the server's own four per CPU keep batches from filling.
_THREADS_PER_VCPU: Final = 16


def render_flags(flags: Mapping[str, object]) -> list[str]:
    """Flags as `--name=value`, by name: the only form tensorflow_model_server reads."""
    return [f"--{name}={_value(flags[name])}" for name in sorted(flags)]


def server_command(
    *,
    server_version: str,
    batching: bool,
    monitoring: bool,
    flags: Mapping[str, object] | None = None,
    vcpus: int | None = None,
    config_root: str = "/config",
    config_poll_seconds: int = 1,
) -> list[str]:
    """The arguments of tensorflow_model_server, in a stable order, the operator's flags last and winning.

    `batching` and `monitoring` tell whether the stack has these files. `config_poll_seconds` bounds how long
    each of the two steps of a rollout waits for the server to read its file. The flags must have passed
    check_flags. Raises ValueError for a version that is not 'X.Y.Z'.
    """
    own: dict[str, object] = {
        "port": 8500,
        "rest_api_port": 8501,
        "model_config_file": f"{config_root}/models.config",
        "model_config_file_poll_wait_seconds": config_poll_seconds,
        **_PROFILE,
    }
    if batching:
        own |= {"enable_batching": True, "batching_parameters_file": f"{config_root}/batching.config"}
    if monitoring:
        own["monitoring_config_file"] = f"{config_root}/monitoring.config"
    if vcpus is not None:
        own |= dict.fromkeys(("grpc_max_threads", "rest_api_num_threads"), _THREADS_PER_VCPU * vcpus)
    chosen, version = flags or {}, parse_version(server_version)
    kept = [name for name in own if name not in chosen and exists_in(FLAGS[name], version)]
    return [*(f"--{name}={_value(own[name])}" for name in kept), *render_flags(chosen)]


_PROFILE: Final[Mapping[str, object]] = {
    # models.config names versions one by one, so this poll finds nothing new; it must not be off, though.
    "file_system_poll_wait_seconds": 5,
    # A server with labels cannot restart without it (tensorflow/serving#1608).
    "allow_version_labels_for_unavailable_models": True,
    # With none, retries sleep in the thread that loads and unloads everything else.
    "num_load_threads": 2,
    "num_unload_threads": 1,
    # One short retry: the default takes five minutes to report a broken version.
    "max_num_load_retries": 1,
    "load_retry_interval_micros": 5_000_000,
    "enable_grpc_healthcheck_service": True,
    # It answers anybody who reaches the gRPC port.
    "enable_profiler": False,
}


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
