"""The rules of session.config, most of which a server does not check: it overwrites or ignores what breaks them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tfserving.errors import Problem
from tfserving.protos.session_config_pb2 import ConfigProto
from tfserving.server_configs.reading import Entry, checked, parsed

_EXAMPLE: Final = "session_inter_op_thread_pool { num_threads: 4 }"


@dataclass(frozen=True)
class _Useless:
    """Why a field does nothing in a model server, and what to do in its place."""

    effect: str
    remedy: str


def _overwritten(flag: str) -> _Useless:
    # Even by the flag's default, which is zero (tensorflow_serving/model_servers/server.cc).
    return _Useless(f"is overwritten by --{flag}", f"Set {flag} in tfserving:serverFlags instead, and remove this")


_DISTRIBUTED: Final = _Useless("is for sessions that span machines, and a model server's never do", "Remove it")
_USELESS: Final[Mapping[str, _Useless]] = {
    "intra_op_parallelism_threads": _overwritten("tensorflow_intra_op_parallelism"),
    "inter_op_parallelism_threads": _overwritten("tensorflow_inter_op_parallelism"),
    "gpu_options.per_process_gpu_memory_fraction": _Useless(
        "is overwritten by --per_process_gpu_memory_fraction", "Set tfserving:gpuMemoryPercent instead, and remove this"
    ),
    "placement_period": _Useless("has no effect, because a served graph is placed once", "Remove it"),
    "device_filters": _DISTRIBUTED,
    "rpc_options": _DISTRIBUTED,
    "cluster_def": _DISTRIBUTED,
    "isolate_session_state": _DISTRIBUTED,
    "share_cluster_devices_in_session": _DISTRIBUTED,
}
_NOT_NEGATIVE: Final = (
    "device_count.value",
    "operation_timeout_in_ms",
    "session_inter_op_thread_pool.num_threads",
    "gpu_options.deferred_deletion_bytes",
    "gpu_options.polling_active_delay_usecs",
    "gpu_options.polling_inactive_delay_msecs",
    "gpu_options.experimental.num_dev_to_dev_copy_streams",
)


def parse_session(text: str, origin: str) -> ConfigProto:
    """The message of a session.config; raises ServerConfigError for mistakes of form."""
    return parsed(text, origin, ConfigProto)


def check_session(text: str, origin: str) -> list[Problem]:
    """Every mistake of a session.config, in its order."""
    return checked(text, origin, ConfigProto, _rules)


def _rules(root: Entry) -> Iterator[Problem]:
    if not root.fields and root.whole:
        yield Problem(
            root.where,
            "The file sets nothing, and a file of zero bytes keeps the server from starting. "
            f"Set something, such as '{_EXAMPLE}', or delete the file.",
        )
    for path, useless in _USELESS.items():
        for entry in _at(root, path):
            yield Problem(entry.where, f"{path} {useless.effect}. {useless.remedy}.")
    for path in _NOT_NEGATIVE:
        for entry in _at(root, path):
            if isinstance(entry.value, int) and entry.value < 0:
                yield Problem(entry.where, f"{path} is {entry.value}, but must be at least 0. Raise it, or remove it.")


def _at(entry: Entry, path: str) -> Iterator[Entry]:
    name, _, below = path.partition(".")
    for found in entry.all(name):
        yield from _at(found, below) if below else (found,)
