"""Warm-up requests."""

from pathlib import Path

import pytest

from tests.tfserving import saved_models
from tests.tfserving.saved_models import Log, predict_log, records
from tests.tfserving.stores import saved_model
from tfserving.model_store import folder_problems

REQUESTS = "assets.extra/tf_serving_warmup_requests"


def complaints(folder: Path, content: bytes, graph: saved_models.Graph | None = None) -> str:
    """Write a model with warm-up requests, and give all its problems as one text."""
    files = {"saved_model.pb": saved_models.saved_model(graph or saved_models.graph()), REQUESTS: content}
    return "\n".join(map(str, folder_problems(saved_model(folder, files))))


def examples(kind: str, signature: str = "") -> Log:
    """Describe a request that gives tf.Examples."""
    log = Log()
    if kind == "multi_inference_log":
        log.multi_inference_log.request.tasks.add().model_spec.signature_name = signature
    else:
        getattr(log, kind).request.model_spec.signature_name = signature
    return log


def test_requests_that_fit_are_fine(tmp_path: Path) -> None:
    assert complaints(tmp_path, records(predict_log(), predict_log("serving_default", shape=(7, 2)))) == ""


def test_an_input_that_may_be_left_out_is_not_missed(tmp_path: Path) -> None:
    graph = saved_models.graph()
    graph.signature_def["serving_default"].inputs["z"].CopyFrom(saved_models.tensor(2))
    assert "lacks the input 'z'" in complaints(tmp_path, records(predict_log()), graph)
    graph.signature_def["serving_default"].defaults["z"].string_val.append(b"")
    assert complaints(tmp_path, records(predict_log()), graph) == ""


def test_any_rank_takes_any_shape(tmp_path: Path) -> None:
    graph = saved_models.graph()
    graph.signature_def["serving_default"].inputs["x"].tensor_shape.unknown_rank = True
    assert complaints(tmp_path, records(predict_log(shape=(1, 2, 3, 4))), graph) == ""


@pytest.mark.parametrize("kind", ["classify_log", "regress_log", "multi_inference_log"])
def test_requests_with_examples_need_a_signature_for_them(tmp_path: Path, kind: str) -> None:
    graph = saved_models.graph(signatures=("serving_default", "examples"))
    signature = graph.signature_def["examples"]
    signature.inputs["inputs"].CopyFrom(saved_models.tensor(None, dtype=saved_models.STRING))
    del signature.inputs["x"]
    assert complaints(tmp_path, records(examples(kind, "examples")), graph) == ""
    assert "would need the one input 'inputs'" in complaints(tmp_path, records(examples(kind)), graph)
    assert "the signature 'absent'" in complaints(tmp_path, records(examples(kind, "absent")), graph)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"some text that is no record at all", f"{REQUESTS}: is no TFRecord file"),
        (b"", "holds no record"),
        (records(b"\xff\xff"), "record 0: is no PredictionLog"),
        (records(b""), "record 0: is no PredictionLog"),
        (records(b"\x32"), "record 0: is no PredictionLog"),
        (records(b"\x2a\0"), "is a session_run_log, but servers replay predict_log"),
        (records(b"\x3a\0"), "is a predict_streamed_log, but"),
        (records(predict_log("absent")), "the signature 'absent', which the model has not: it has serving_default"),
        (records(predict_log(), predict_log(name="image")), "record 1: gives the input 'image', which"),
        (records(predict_log(name="image")), "lacks the input 'x' of the signature 'serving_default'"),
        (
            records(predict_log(dtype=2)),
            "gives 'x' as DT_DOUBLE of shape [1, 2], but the signature",
        ),
        (
            records(predict_log(shape=(2,))),
            "[2], but the signature 'serving_default' has DT_FLOAT of shape [?, 2]",
        ),
        (records(predict_log(shape=(1, 3))), "of shape [1, 3], but"),
        (records(*[predict_log()] * 1001), "has more than 1000 records"),
        (records(predict_log())[:-1], "is cut off in record 0"),
    ],
)
def test_requests_that_would_fail_the_load_are_refused(tmp_path: Path, content: bytes, complaint: str) -> None:
    assert complaint in complaints(tmp_path, content)


def test_a_thousand_requests_are_fine(tmp_path: Path) -> None:
    assert complaints(tmp_path, records(*[predict_log()] * 1000)) == ""


def test_an_output_that_the_signature_has_not_is_named(tmp_path: Path) -> None:
    log = predict_log()
    log.predict_log.request.output_filter.append("z")
    assert "asks for the output 'z', which the signature 'serving_default' has not: it has y" in complaints(
        tmp_path, records(log)
    )


def test_of_many_mistakes_the_first_are_told_and_the_rest_counted(tmp_path: Path) -> None:
    found = complaints(tmp_path, records(*[predict_log("absent")] * 9))
    assert found.count("the signature 'absent'") == 5
    assert "has 4 more mistakes like these" in found
