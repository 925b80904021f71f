"""The batching parameters: what is refused at boot, what only when a model loads, and the limits that come of them."""

from dataclasses import dataclass
from typing import Any, Final

from .config import read_text
from .crash import CrashError
from .small_messages import BatchingParameters
from .status import invalid

DEFAULT_MAX_BATCH_SIZE: Final = 1000
DEFAULT_POOL_NAME: Final = "batch_threads"
POOL_NAME_WITHOUT_FILE: Final = "model_server_batch_threads"
PER_MODEL_FILE: Final = "batching_params.pbtxt"


@dataclass(frozen=True)
class BatchLimits:
    """How many rows a request may have, how many run at once, and the sizes that batches are padded to."""

    max_batch_size: int
    executed: int
    allowed: tuple[int, ...]
    pool_name: str

    def padded(self, rows: int) -> int:
        """The batch size that so many rows are executed in."""
        return next((size for size in self.allowed if size >= rows), rows)


def default_batching() -> Any:
    """The parameters of a server that batches without a file."""
    parameters = BatchingParameters()
    parameters.thread_pool_name.value = POOL_NAME_WITHOUT_FILE
    return parameters


def read_batching(path: str) -> Any:
    """Read a BatchingParameters file; raises StatusError for what the real server refuses at boot."""
    parameters = BatchingParameters()
    read_text(path, parameters)
    if parameters.HasField("num_batch_threads") and parameters.num_batch_threads.value < 1:
        raise invalid(f"num_batch_threads must be positive; was {parameters.num_batch_threads.value}")
    return parameters


def check_at_load(parameters: Any) -> None:
    """Refuse what fails when a model's session is wrapped for batching: at each load, hence after the retries.

    Raises StatusError for the last allowed size, which must be max_batch_size even where splitting executes less, and
    CrashError for sizes and times that no queue can have (both seen on 2.20.0).
    """
    size = _max_batch_size(parameters)
    allowed = parameters.allowed_batch_sizes
    if allowed and allowed[-1] != size:
        raise invalid(
            f"Last entry in allowed_batch_sizes must match max_batch_size; last entry was {allowed[-1]}; "
            f"expected {size}"
        )
    if size <= 0:
        raise CrashError(f"input_batch_size_limit must be positive; was {size}")
    if parameters.batch_timeout_micros.value < 0:
        raise CrashError(f"batch_timeout_micros must be non-negative; was {parameters.batch_timeout_micros.value}")
    if not 0 < _executed(parameters) <= size:
        raise CrashError(
            "When enable_large_batch_splitting is true, input_batch_size_limit must be greater than or equal to "
            "max_execution_batch_size."
        )


def limits_of(parameters: Any) -> BatchLimits:
    """The limits that parameters set; they must have passed `check_at_load`."""
    name = parameters.thread_pool_name.value if parameters.HasField("thread_pool_name") else DEFAULT_POOL_NAME
    return BatchLimits(
        max_batch_size=_max_batch_size(parameters),
        executed=_executed(parameters),
        allowed=tuple(parameters.allowed_batch_sizes),
        pool_name=name,
    )


def _max_batch_size(parameters: Any) -> int:
    return int(parameters.max_batch_size.value) if parameters.HasField("max_batch_size") else DEFAULT_MAX_BATCH_SIZE


def _executed(parameters: Any) -> int:
    if parameters.enable_large_batch_splitting.value and parameters.HasField("max_execution_batch_size"):
        return int(parameters.max_execution_batch_size.value)
    return _max_batch_size(parameters)
