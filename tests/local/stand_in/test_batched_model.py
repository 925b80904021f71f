from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from local.stand_in.batched_model import BatchedModel
from local.stand_in.batching import BatchLimits
from local.stand_in.metrics import Metrics
from local.stand_in.status import Code, StatusError
from local.stand_in.tensors import STRING, Tensor
from tests.local.stand_in.fakes import FLOAT, Doubler


@dataclass
class Recorder:
    """Doubles, and notes the rows of each run; `reduce` makes one row of all, or none."""

    reduce: bool = False
    runs: list[list[float]] = field(default_factory=list)

    @property
    def signatures(self) -> Mapping[str, Any]:
        return Doubler().signatures

    def run(self, feeds: Sequence[tuple[str, Tensor]], fetches: Sequence[str], timeout_ms: int) -> list[Tensor]:
        array = dict(feeds).get("x:0", feeds[0][1]).array
        self.runs.append(array.tolist())
        result = array.sum(axis=0, keepdims=bool(timeout_ms)) if self.reduce else array * 2
        return [Tensor(FLOAT, np.asarray(result)) for _ in fetches]

    def close(self) -> None:
        """Nothing to free."""


def batched(model: Recorder, *, executed: int = 8, allowed: tuple[int, ...] = ()) -> BatchedModel:
    return BatchedModel(model, BatchLimits(8, executed, allowed, "pool"), Metrics())


def floats(*values: float) -> Tensor:
    return Tensor(FLOAT, np.array(values, dtype="<f4"))


def ask(model: BatchedModel, tensor: Tensor, timeout_ms: int = 0) -> list[float]:
    (output,) = model.run([("x:0", tensor)], ["y:0"], timeout_ms)
    values: list[float] = output.array.tolist()
    return values


@pytest.mark.parametrize("executed", [8, 4])
def test_more_rows_than_the_largest_batch_are_refused_with_splitting_too(executed: int) -> None:
    with pytest.raises(StatusError) as refused:
        ask(batched(Recorder(), executed=executed), floats(*range(9)))
    assert refused.value.code is Code.INVALID_ARGUMENT
    assert refused.value.message == "Task size 9 is larger than maximum input batch size 8"


def test_a_scalar_is_refused() -> None:
    with pytest.raises(StatusError, match="at least one dimension") as refused:
        ask(batched(Recorder()), Tensor(FLOAT, np.array(1, dtype="<f4")))
    assert refused.value.code is Code.INVALID_ARGUMENT


def test_inputs_of_unequal_first_dimension_are_refused() -> None:
    texts = Tensor(STRING, np.array([b"u"], dtype=object))
    with pytest.raises(StatusError, match="equal 0th-dimension size") as refused:
        batched(Recorder()).run([("a:0", floats(1, 2)), ("t:0", texts)], ["a2:0", "t_bytes:0"], 0)
    assert refused.value.code is Code.INVALID_ARGUMENT


def test_a_batch_is_padded_with_its_first_row_up_to_an_allowed_size() -> None:
    model = Recorder()
    assert ask(batched(model, allowed=(2, 4, 8)), floats(1, 2, 3)) == [2, 4, 6]
    assert model.runs == [[1, 2, 3, 1]]


def test_a_large_request_is_split() -> None:
    model = Recorder()
    assert ask(batched(model, executed=4, allowed=(2, 8)), floats(1, 2, 3, 4, 5)) == [2, 4, 6, 8, 10]
    assert [len(run) for run in model.runs] == [8, 2]


def test_no_rows_are_no_rows() -> None:
    assert ask(batched(Recorder(), allowed=(2, 8)), floats()) == []


@pytest.mark.parametrize(("timeout", "message"), [(0, "has 0 dimensions"), (1, "does not equal the sum")])
def test_outputs_without_a_row_for_each_input_are_a_failed_precondition(timeout: int, message: str) -> None:
    with pytest.raises(StatusError, match=message) as refused:
        ask(batched(Recorder(reduce=True)), floats(1, 2), timeout)
    assert refused.value.code is Code.FAILED_PRECONDITION


def test_a_part_of_a_signatures_outputs_goes_past_the_batcher() -> None:
    model = Recorder()
    batched(model).run([("a:0", floats(*range(9))), ("t:0", floats(*range(9)))], ["a2:0"], 0)
    assert len(model.runs[0]) == 9


def test_batches_are_counted() -> None:
    metrics = Metrics()
    BatchedModel(Recorder(), BatchLimits(8, 4, (), "pool"), metrics).run([("x:0", floats(*range(5)))], ["y:0"], 0)
    page = metrics.render()
    assert ":tensorflow:serving:batching_session:wrapped_run_count{} 2\n" in page
    assert ':tensorflow:serving:batching_session:queuing_latency_count{thread_pool_name="pool"} 1\n' in page
