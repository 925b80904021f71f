"""A model behind the batcher: what that asks of every request, and what it makes of one that comes alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .batching import BatchLimits
from .clock import Stopwatch
from .metrics import QUEUING_LATENCY, WRAPPED_RUNS, Metrics
from .predict import Model
from .status import invalid, precondition
from .tensors import Tensor

Feeds = Sequence[tuple[str, Tensor]]


@dataclass(frozen=True)
class BatchedModel:
    """Holds requests to the batcher's rules, and runs each as a batch of its own: it does not join several."""

    model: Model
    limits: BatchLimits
    metrics: Metrics

    @property
    def signatures(self) -> Mapping[str, Any]:
        """Those of the model."""
        return self.model.signatures

    def run(self, feeds: Feeds, fetches: Sequence[str], timeout_ms: int) -> list[Tensor]:
        """Split, pad and run as the batcher would.

        Raises INVALID_ARGUMENT for more rows than max_batch_size, with splitting, too (shared_batch_scheduler.h), for
        scalars and for inputs of unequal first dimension; FAILED_PRECONDITION for outputs without a row for each. What
        is not exactly a declared signature, such as a part of its outputs, goes past the batcher (batching_session.cc).
        """
        if not self._declared(feeds, fetches):
            return self.model.run(feeds, fetches, timeout_ms)
        watch = Stopwatch()
        rows = task_size(feeds)
        if rows > self.limits.max_batch_size:
            raise invalid(f"Task size {rows} is larger than maximum input batch size {self.limits.max_batch_size}")
        self.metrics.observe(QUEUING_LATENCY, watch.microseconds(), thread_pool_name=self.limits.pool_name)
        pieces = [self._run_piece(piece, fetches, timeout_ms) for piece in _pieces(feeds, rows, self.limits.executed)]
        return [_joined([piece[index] for piece in pieces]) for index in range(len(fetches))]

    def close(self) -> None:
        """Free the model."""
        self.model.close()

    def _declared(self, feeds: Feeds, fetches: Sequence[str]) -> bool:
        asked = ({name for name, _ in feeds}, set(fetches))
        return any(
            asked == (_names(signature.inputs), _names(signature.outputs)) for signature in self.signatures.values()
        )

    def _run_piece(self, feeds: Feeds, fetches: Sequence[str], timeout_ms: int) -> list[Tensor]:
        rows = task_size(feeds)
        size = self.limits.padded(rows) if rows else 0
        self.metrics.count(WRAPPED_RUNS)
        outputs = self.model.run([(name, _padded(tensor, size)) for name, tensor in feeds], fetches, timeout_ms)
        for output in outputs:
            if not output.array.ndim:
                raise precondition("Batched output tensor has 0 dimensions")
            if output.array.shape[0] != size:
                raise precondition(
                    "Batched output tensor's 0th dimension does not equal the sum of the 0th dimension sizes of the "
                    "input tensors"
                )
        return [Tensor(output.dtype, output.array[:rows]) for output in outputs]


def task_size(feeds: Feeds) -> int:
    """The number of rows in a request; raises INVALID_ARGUMENT if there is not one number for all inputs."""
    if not feeds:
        raise invalid("Batching Run() must have at least one input tensor")
    if any(not tensor.array.ndim for _, tensor in feeds):
        raise invalid("Batching Run() input tensors must have at least one dimension")
    sizes = {int(tensor.array.shape[0]) for _, tensor in feeds}
    if len(sizes) > 1:
        raise invalid("Batching Run() input tensors must have equal 0th-dimension size")
    return sizes.pop()


def _names(infos: Any) -> set[str]:
    return {info.name for info in infos.values()}


def _pieces(feeds: Feeds, rows: int, executed: int) -> Iterator[Feeds]:
    for start in range(0, max(rows, 1), executed):
        yield [(name, Tensor(tensor.dtype, tensor.array[start : start + executed])) for name, tensor in feeds]


def _padded(tensor: Tensor, size: int) -> Tensor:
    # With copies of its first row: that is one the model takes.
    missing = size - tensor.array.shape[0]
    if missing <= 0:
        return tensor
    return Tensor(tensor.dtype, np.concatenate([tensor.array, np.repeat(tensor.array[:1], missing, axis=0)]))


def _joined(outputs: Sequence[Tensor]) -> Tensor:
    if len(outputs) == 1:
        return outputs[0]
    return Tensor(outputs[0].dtype, np.concatenate([output.array for output in outputs]))
