import struct
from pathlib import Path
from typing import Any

import pytest

from local.stand_in.official import prediction_log_pb2, tensor_pb2
from local.stand_in.status import Code, StatusError, precondition
from local.stand_in.warmup import MOST_RECORDS, replay
from tests.local.stand_in.fakes import Doubler


def predict_log() -> Any:
    log = prediction_log_pb2.PredictionLog()
    request = log.predict_log.request
    request.model_spec.name = "another name"
    tensor = tensor_pb2.TensorProto(dtype=1, float_val=[1.0])
    tensor.tensor_shape.dim.add(size=1)
    request.inputs["x"].CopyFrom(tensor)
    return log


def write(folder: Path, *logs: Any) -> Path:
    path = folder / "tf_serving_warmup_requests"
    bodies = [log.SerializeToString() for log in logs]
    path.write_bytes(b"".join(struct.pack("<QI", len(body), 0) + body + b"\0\0\0\0" for body in bodies))
    return path


def test_every_record_is_replayed(tmp_path: Path) -> None:
    model = Doubler()
    assert replay(write(tmp_path, predict_log(), predict_log()), model, repeats=3) == 2
    assert len(model.timeouts) == 6


def test_a_record_that_fails_is_raised(tmp_path: Path) -> None:
    model = Doubler()
    model.failure = precondition("uninitialized value")
    with pytest.raises(StatusError, match="uninitialized value"):
        replay(write(tmp_path, predict_log()), model)


def test_one_record_too_many_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StatusError, match="exceeds the maximum"):
        replay(write(tmp_path, *[predict_log()] * (MOST_RECORDS + 1)), Doubler())


@pytest.mark.parametrize("kind", ["classify_log", "regress_log", "multi_inference_log"])
def test_records_of_examples_are_replayed(tmp_path: Path, kind: str) -> None:
    log = prediction_log_pb2.PredictionLog()
    request = getattr(log, kind).request
    request.input.example_list.examples.add()
    if kind == "multi_inference_log":
        task = request.tasks.add(method_name="tensorflow/serving/regress")
        task.model_spec.name, task.model_spec.signature_name = "m", "sizes"
    else:
        request.model_spec.signature_name = "classes" if kind == "classify_log" else "sizes"
    model = Doubler()
    assert replay(write(tmp_path, log), model) == 1
    assert len(model.timeouts) == 1


def test_other_kinds_of_records_are_refused(tmp_path: Path) -> None:
    log = prediction_log_pb2.PredictionLog()
    log.session_run_log.SetInParent()
    with pytest.raises(StatusError, match="Unsupported log_type for warmup: session_run_log"):
        replay(write(tmp_path, log), Doubler())


@pytest.mark.parametrize("cut", [1, 4, 20])
def test_a_truncated_file_is_data_loss(tmp_path: Path, cut: int) -> None:
    path = write(tmp_path, predict_log())
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(StatusError) as refused:
        replay(path, Doubler())
    assert refused.value.code is Code.DATA_LOSS
