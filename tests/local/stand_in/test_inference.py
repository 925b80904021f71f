from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from local.stand_in.inference import classify, multi_inference, regress
from local.stand_in.official import inference_pb2
from local.stand_in.status import Code, StatusError
from local.stand_in.tensors import STRING, Tensor
from tests.local.stand_in.fakes import FLOAT, signature

EXAMPLES = Tensor(STRING, np.array([b"", b""], dtype=object))
LABELS = Tensor(STRING, np.array([[b"a"], [b"b"]], dtype=object))
SCORES = Tensor(FLOAT, np.array([[0.5], [1.5]], dtype="<f4"))
VALUES = Tensor(FLOAT, np.array([0.5, 1.5], dtype="<f4"))


class Answering:
    """A model of one signature, with its outputs given."""

    def __init__(self, method: str, outputs: Mapping[str, Tensor], inputs: Sequence[str] = ("inputs",)) -> None:
        types = {alias: tensor.dtype for alias, tensor in outputs.items()}
        self.signatures: Mapping[str, Any] = {
            "serving_default": signature(dict.fromkeys(inputs, STRING), types, method),
        }
        self._outputs = outputs

    def run(self, feeds: Sequence[tuple[str, Tensor]], fetches: Sequence[str], timeout_ms: int) -> list[Tensor]:
        return [self._outputs[name.removesuffix(":0")] for name in fetches]

    def close(self) -> None:
        """Nothing to free."""


def floats(*shape: int) -> Tensor:
    return Tensor(FLOAT, np.zeros(shape, dtype="<f4"))


def test_classes_may_come_without_scores_and_scores_without_classes() -> None:
    labelled = classify(Answering("classify", {"classes": LABELS}), "", EXAMPLES, 0)
    assert [(row.classes[0].label, row.classes[0].score) for row in labelled.classifications] == [("a", 0), ("b", 0)]
    scored = classify(Answering("classify", {"scores": SCORES}), "", EXAMPLES, 0)
    assert [(row.classes[0].label, row.classes[0].score) for row in scored.classifications] == [("", 0.5), ("", 1.5)]


@pytest.mark.parametrize(
    ("model", "code", "message"),
    [
        (Answering("classify", {"classes": LABELS}, ("inputs", "more")), Code.INVALID_ARGUMENT, "one input Tensor"),
        (Answering("classify", {"classes": LABELS}, ("x",)), Code.FAILED_PRECONDITION, "No classification inputs"),
        (Answering("classify", {"a": LABELS, "b": LABELS, "c": LABELS}), Code.INVALID_ARGUMENT, "found 3"),
        (Answering("classify", {"labels": LABELS}), Code.FAILED_PRECONDITION, "at least one of"),
        (Answering("classify", {"classes": VALUES}), Code.INVALID_ARGUMENT, "Expected Tensor shape"),
        (Answering("classify", {"classes": SCORES}), Code.INVALID_ARGUMENT, "Tensor of DT_STRING. Got: DT_FLOAT"),
        (Answering("classify", {"scores": floats(3, 1)}), Code.INVALID_ARGUMENT, "batch size of 2. Got: 3"),
        (Answering("classify", {"classes": LABELS, "scores": floats(2, 2)}), Code.INVALID_ARGUMENT, "Got 1 vs. 2"),
    ],
)
def test_a_classification_is_of_a_fixed_form(model: Answering, code: Code, message: str) -> None:
    with pytest.raises(StatusError) as refused:
        classify(model, "", EXAMPLES, 0)
    assert refused.value.code is code
    assert message in refused.value.message


def test_a_regression_may_have_a_column() -> None:
    result = regress(Answering("regress", {"outputs": SCORES}), "", EXAMPLES, 0)
    assert [each.value for each in result.regressions] == [0.5, 1.5]


@pytest.mark.parametrize(
    ("model", "code", "message"),
    [
        (Answering("regress", {"outputs": VALUES}, ("x",)), Code.FAILED_PRECONDITION, "No regression inputs"),
        (Answering("regress", {"outputs": VALUES, "more": VALUES}), Code.INVALID_ARGUMENT, "one output Tensor"),
        (Answering("regress", {"y": VALUES}), Code.FAILED_PRECONDITION, "No regression outputs"),
        (Answering("regress", {"outputs": floats(2, 2)}), Code.INVALID_ARGUMENT, "[batch_size, 1]"),
        (Answering("regress", {"outputs": floats(3)}), Code.INVALID_ARGUMENT, "2 vs. 3"),
        (Answering("regress", {"outputs": EXAMPLES}), Code.INVALID_ARGUMENT, "Tensor of DT_FLOAT. Got: DT_STRING"),
    ],
)
def test_a_regression_is_of_a_fixed_form(model: Answering, code: Code, message: str) -> None:
    with pytest.raises(StatusError) as refused:
        regress(model, "", EXAMPLES, 0)
    assert refused.value.code is code
    assert message in refused.value.message


def task(name: str, signature_name: str = "") -> Any:
    made = inference_pb2.InferenceTask(method_name="tensorflow/serving/regress")
    made.model_spec.name = name
    made.model_spec.signature_name = signature_name
    return made


def test_tasks_must_share_their_model_and_their_input() -> None:
    model = Answering("regress", {"outputs": VALUES})
    with pytest.raises(StatusError, match="must access the same model name"):
        multi_inference(model, [task("m"), task("n", "other")], EXAMPLES, 0)
    with pytest.raises(StatusError, match="empty model name"):
        multi_inference(model, [task("m"), task("", "other")], EXAMPLES, 0)
    other = signature({"inputs": STRING}, {"outputs": FLOAT}, "regress")
    other.inputs["inputs"].name = "another:0"
    model.signatures = {**model.signatures, "other": other}
    with pytest.raises(StatusError, match="Input tensor must be the same"):
        multi_inference(model, [task("m"), task("m", "other")], EXAMPLES, 0)
