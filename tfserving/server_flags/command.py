"""The server's argument list: this project's safe profile, and the operator's own flags on top of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tfserving.server_flags.table import FLAGS, exists_in, parse_version

# On the machine whatever the source: what holds a private key lies in no bucket.
SSL_CONFIG: Final = "/tls/ssl.config"

# Each call that waits for a batch holds a thread; the server's own four per CPU keep batches from filling.
_THREADS_PER_VCPU: Final = 16


def render_flags(flags: Mapping[str, object]) -> list[str]:
    """Flags as `--name=value`, by name: the only form tensorflow_model_server reads."""
    return [f"--{name}={_value(flags[name])}" for name in sorted(flags)]


@dataclass(frozen=True, kw_only=True)
class ConfigSource:
    """Where the server finds its config files, and how often it looks at them, in seconds.

    `directory_poll_seconds` is the time between two looks for new versions under each base path.
    """

    root: str = "/config"
    poll_seconds: int = 1
    directory_poll_seconds: int = 1


# The agent writes the files and the models lie on the disk, so looking often costs nothing. A version that is new in
# the config is found at the next look for directories, which so bounds how long each step of a rollout waits.
FROM_AGENT: Final = ConfigSource()


def from_s3(config_bucket: str, poll_seconds: int) -> ConfigSource:
    """Give the source of a server that reads its files from S3 itself and pays for each look."""
    return ConfigSource(
        root=f"s3://{config_bucket}/configs",
        poll_seconds=poll_seconds,
        directory_poll_seconds=poll_seconds,
    )


def server_command(
    *,
    server_version: str,
    batching: bool,
    monitoring: bool,
    session: bool = False,
    tls: bool = False,
    rest: bool = True,
    flags: Mapping[str, object] | None = None,
    vcpus: int | None = None,
    gpu_memory_fraction: float = 0.0,
    source: ConfigSource = FROM_AGENT,
) -> list[str]:
    """The arguments of tensorflow_model_server, in a stable order, the operator's flags last and winning.

    `batching`, `monitoring` and `session` tell whether the stack has these files, `tls` whether gRPC has the machine's
    certificate, `rest` whether REST is open. The flags must have passed check_flags.
    Raises ValueError for a version that is not 'X.Y.Z'.
    """
    own: dict[str, object] = {
        "port": 8500,
        "rest_api_port": 8501 if rest else 0,
        "model_config_file": f"{source.root}/models.config",
        "model_config_file_poll_wait_seconds": source.poll_seconds,
        "file_system_poll_wait_seconds": source.directory_poll_seconds,
        **_PROFILE,
    }
    if batching:
        own |= {"enable_batching": True, "batching_parameters_file": f"{source.root}/batching.config"}
    if monitoring:
        own["monitoring_config_file"] = f"{source.root}/monitoring.config"
    if session:
        own["tensorflow_session_config_file"] = f"{source.root}/session.config"
    if tls:
        own["ssl_config_file"] = SSL_CONFIG
    if vcpus is not None:
        own |= dict.fromkeys(("grpc_max_threads", "rest_api_num_threads"), _THREADS_PER_VCPU * vcpus)
    if gpu_memory_fraction:
        own["per_process_gpu_memory_fraction"] = gpu_memory_fraction
    chosen, version = flags or {}, parse_version(server_version)
    kept = [name for name in own if name not in chosen and exists_in(FLAGS[name], version)]
    return [*(f"--{name}={_value(own[name])}" for name in kept), *render_flags(chosen)]


_PROFILE: Final[Mapping[str, object]] = {
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
