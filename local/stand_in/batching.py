"""The batching file: what is refused at boot, and what only when a model loads. The stand-in itself never batches."""

from typing import Any

from .config import read_text
from .small_messages import BatchingParameters
from .status import invalid

DEFAULT_MAX_BATCH_SIZE = 1000


def read_batching(path: str) -> Any:
    """Read a BatchingParameters file; raises StatusError for what the real server refuses at boot."""
    parameters = BatchingParameters()
    read_text(path, parameters)
    if parameters.HasField("num_batch_threads") and parameters.num_batch_threads.value < 1:
        raise invalid(f"num_batch_threads must be positive; was {parameters.num_batch_threads.value}")
    return parameters


def check_at_load(parameters: Any) -> None:
    """Raise what wrapping a model's session for batching raises: at each load, hence after the retries."""
    size = parameters.max_batch_size.value if parameters.HasField("max_batch_size") else DEFAULT_MAX_BATCH_SIZE
    if size <= 0:
        raise invalid(f"max_batch_size must be positive; was {size}")
    if parameters.batch_timeout_micros.value < 0:
        raise invalid(f"batch_timeout_micros must be non-negative; was {parameters.batch_timeout_micros.value}")
    largest = _largest_executed(parameters, size)
    allowed = parameters.allowed_batch_sizes
    if allowed and allowed[-1] != largest:
        raise invalid(
            f"Last entry in allowed_batch_sizes must match max_batch_size; last entry was {allowed[-1]}; "
            f"expected {largest}"
        )


def _largest_executed(parameters: Any, max_batch_size: int) -> int:
    if parameters.enable_large_batch_splitting.value and parameters.HasField("max_execution_batch_size"):
        return int(parameters.max_execution_batch_size.value)
    return max_batch_size
