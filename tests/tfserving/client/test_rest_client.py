"""Predictions over REST."""

import socket
from typing import Any

import numpy as np
import pytest

from tests.tfserving.client.conftest import Web, any_shape, info, signatures
from tfserving.client import AnswerError, InputsError, PredictionError, RestClient
from tfserving.protos.serving_api_pb2 import TensorProto, TensorShapeProto

PAIR = {"a": any_shape("DT_FLOAT"), "b": any_shape("DT_FLOAT")}


def predicted(web: Web, inputs: Any, **options: Any) -> dict[str, Any]:
    """Predict with the server of a test."""
    return dict(RestClient(web.url).predict("digits", inputs, **options))


def test_inputs_go_out_in_columns_and_outputs_come_back_by_name(web: Web) -> None:
    outputs = {"class": info("DT_INT64", -1), "score": info("DT_FLOAT", -1)}
    web.signatures = {"classes": signatures({"images": info("DT_FLOAT", -1, 2)}, outputs)["serving_default"]}
    web.answer = {"outputs": {"class": [3], "score": [0.5]}}
    found = predicted(web, {"images": np.ones((1, 2))}, version=2, signature="classes")
    assert {name: array.tolist() for name, array in found.items()} == {"class": [3], "score": [0.5]}
    assert {name: array.dtype.name for name, array in found.items()} == {"class": "int64", "score": "float32"}
    assert web.predictions == [
        ("/v1/models/digits/versions/2:predict", {"signature_name": "classes", "inputs": {"images": [[1.0, 1.0]]}})
    ]


def test_a_single_output_that_comes_without_its_name_gets_it_from_the_signature(web: Web) -> None:
    web.signatures = signatures({"images": any_shape("DT_FLOAT")}, {"score": info("DT_FLOAT", -1, 1)})
    web.answer = {"outputs": [[0.5]]}
    assert predicted(web, {"images": [1.0]})["score"].tolist() == [[0.5]]


@pytest.mark.parametrize(
    ("chosen", "path"),
    [
        ({}, "digits"),
        ({"version": 0}, "digits/versions/0"),
        ({"version": np.int64(3)}, "digits/versions/3"),
        ({"label": "live"}, "digits/labels/live"),
        ({"label": "a/b?c"}, "digits/labels/a%2Fb%3Fc"),
    ],
)
def test_versions_and_labels_are_parts_of_the_path(web: Web, chosen: dict[str, object], path: str) -> None:
    web.answer = {"outputs": []}
    RestClient(f"{web.url}/").predict("digits", {"images": [1.0]}, **chosen)  # type: ignore[arg-type]
    assert [asked[1] for asked in web.asked] == [f"/v1/models/{path}/metadata", f"/v1/models/{path}:predict"]


def test_a_models_name_is_quoted(web: Web) -> None:
    web.answer = {"outputs": []}
    RestClient(web.url).predict("größe #1", {"images": [1.0]})
    assert web.predictions[0][0] == "/v1/models/gr%C3%B6%C3%9Fe%20%231:predict"


def test_text_goes_out_as_text_and_bytes_as_base64(web: Web) -> None:
    web.signatures = signatures({name: any_shape("DT_STRING") for name in ("text", "raw", "given")}, PAIR)
    web.answer = {"outputs": {"a": [], "b": []}}
    raw = np.array([b"\xff", b"a\0"], dtype=object)
    predicted(web, {"text": [["ä"], ["b"]], "raw": raw, "given": {"b64": "aGk="}})
    assert web.predictions[0][1]["inputs"] == {
        "text": [["ä"], ["b"]],
        "raw": [{"b64": "/w=="}, {"b64": "YQA="}],
        "given": {"b64": "aGk="},
    }


def test_numbers_json_has_no_word_for_are_read_and_written(web: Web) -> None:
    web.answer = b'{"outputs": [NaN, Infinity, -Infinity]}'
    found = predicted(web, {"images": [float("nan"), float("-inf")]})["images"]
    np.testing.assert_array_equal(found, [np.nan, np.inf, -np.inf])
    sent = web.predictions[0][1]["inputs"]["images"]
    assert np.isnan(sent[0])
    assert sent[1] == -np.inf


@pytest.mark.parametrize(("dtype", "value"), [("DT_INT64", (1 << 53) + 1), ("DT_UINT64", (1 << 64) - 1)])
def test_integers_beyond_a_double_go_and_come_exactly(web: Web, dtype: str, value: int) -> None:
    web.signatures = signatures({"ids": info(dtype, -1)})
    web.answer = {"outputs": [value, 1]}
    assert predicted(web, {"ids": [value, 1]})["ids"].tolist() == [value, 1]
    assert web.predictions[0][1]["inputs"]["ids"] == [value, 1]


def test_complex_numbers_and_shapes_json_cannot_write_are_refused_with_the_other_way(web: Web) -> None:
    web.signatures = signatures({"wave": any_shape("DT_COMPLEX64"), "rows": any_shape("DT_FLOAT")})
    with pytest.raises(InputsError) as refused:
        predicted(web, {"wave": [1j], "rows": np.zeros((0, 4), dtype=np.float32)})
    assert [problem.where for problem in refused.value.problems] == ["The input 'wave'", "The input 'rows'"]
    assert str(refused.value).count("over gRPC") == 2
    assert web.predictions == []


def test_bytes_in_outputs_are_bytes_as_over_grpc(web: Web) -> None:
    outputs = {"image_bytes": info("DT_STRING", -1), "text": info("DT_STRING", -1)}
    web.signatures = signatures({}, outputs)
    web.answer = {"outputs": {"image_bytes": [{"b64": "/wA="}], "text": ["ä"]}}
    found = predicted(web, {})
    assert (found["image_bytes"].tolist(), found["text"].tolist()) == ([b"\xff\0"], ["ä".encode()])


def test_a_single_scalar_of_bytes_is_no_object_of_outputs(web: Web) -> None:
    web.signatures = signatures({"images": any_shape("DT_FLOAT")}, {"png_bytes": info("DT_STRING")})
    web.answer = {"outputs": {"b64": "aGk="}}
    assert predicted(web, {"images": [1.0]})["png_bytes"].item() == b"hi"


def test_inputs_left_out_are_sent_as_the_signatures_defaults(web: Web) -> None:
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=2)])
    default = TensorProto(dtype="DT_HALF", tensor_shape=shape, half_val=[0x3C00])
    inputs = {"image": info("DT_FLOAT"), "scale": info("DT_HALF", 2)}
    web.signatures = signatures(inputs, {"score": info("DT_FLOAT")}, {"scale": default})
    web.answer = {"outputs": 1.5}
    assert predicted(web, {"image": 1})["score"] == 1.5
    assert web.predictions[0][1]["inputs"] == {"image": 1.0, "scale": [1.0, 1.0]}


def test_a_signature_without_inputs_is_called_and_a_refusal_names_grpc(web: Web) -> None:
    web.signatures = signatures({}, {"time": info("DT_INT64")})
    web.answer = {"outputs": 7}
    assert predicted(web, {})["time"] == 7
    web.code, web.answer = 400, {"error": "Failed to get input map"}
    with pytest.raises(PredictionError, match="call it over gRPC"):
        predicted(web, {})


def test_a_signature_is_asked_for_once_and_again_when_an_answer_does_not_fit_it(web: Web) -> None:
    client = RestClient(web.url)
    web.answer = {"outputs": [1.5]}
    client.predict("digits", {"images": [1.0]})
    client.predict("digits", {"images": [1.0]})
    assert len(web.asked) == 3
    web.signatures = signatures({"images": any_shape("DT_FLOAT")}, {"name": info("DT_STRING", -1)})
    web.answer = {"outputs": ["three"]}
    assert client.predict("digits", {"images": [1.0]})["name"].tolist() == [b"three"]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "INVALID_ARGUMENT"),
        (404, "NOT_FOUND"),
        (503, "UNAVAILABLE"),
        (504, "DEADLINE_EXCEEDED"),
        (500, "INTERNAL"),
    ],
)
def test_a_refusal_has_the_code_grpc_would_give(web: Web, status: int, code: str) -> None:
    web.code, web.answer = status, {"error": "the server's words"}
    with pytest.raises(PredictionError, match=f"digits/live: {code}: the server's words") as refused:
        predicted(web, {"images": [1.0]}, label="live")
    assert refused.value.code == code


@pytest.mark.parametrize("answer", [b"<html>Bad gateway</html>", b'["error"]', b"\n\n  error\xff", b'{"eror": 1}'])
def test_an_error_that_is_not_the_servers_is_shown(web: Web, answer: bytes) -> None:
    web.code, web.answer = 502, answer
    with pytest.raises(PredictionError, match=r"Bad gateway|error|eror"):
        predicted(web, {"images": [1.0]})


BAD_ANSWERS = [
    (b"<html>\n<title>Sign in</title>", "'<html>'"),
    (b"", "it is empty"),
    (b"  \n", "it is empty"),
    (b'{"outputs": ["\xff"]}', "outputs"),
    (b'["outputs"]', "no JSON object"),
    (b"null", "no JSON object"),
    (b'{"predictions": [1.0]}', "predictions"),
    (b"[" * 100_000, r"\[\[\["),
]


@pytest.mark.parametrize(("answer", "shown"), BAD_ANSWERS)
def test_an_answer_that_is_no_prediction_is_shown_by_its_first_line(web: Web, answer: bytes, shown: str) -> None:
    web.answer = answer
    with pytest.raises(AnswerError, match=shown) as refused:
        predicted(web, {"images": [1.0]})
    assert len(str(refused.value)) < 500


@pytest.mark.parametrize(("answer", "shown"), BAD_ANSWERS)
def test_states_and_signatures_of_something_else_are_shown_alike(web: Web, answer: bytes, shown: str) -> None:
    web.answer = web.metadata = answer
    for ask in (RestClient(web.url).status, RestClient(web.url).signatures):
        with pytest.raises(AnswerError, match=shown):
            ask("digits")


@pytest.mark.parametrize("outputs", [["x"], [None], [[1.0], [1.0, 2.0]], {"other": [1.0]}, "1.0", True])
def test_an_answer_the_signature_does_not_promise_is_refused(web: Web, outputs: object) -> None:
    web.answer = {"outputs": outputs}
    with pytest.raises(AnswerError, match="not what the signature says"):
        predicted(web, {"images": [1.0]})


def test_an_answer_that_lacks_an_output_is_refused(web: Web) -> None:
    web.signatures = signatures(PAIR)
    web.answer = {"outputs": {"a": [1.0]}}
    with pytest.raises(AnswerError, match="lacks the output 'b'"):
        predicted(web, {"a": [1.0], "b": [1.0]})


def test_an_unknown_label_is_refused_with_the_versions_there_are(web: Web) -> None:
    web.metadata_code, web.metadata = 400, {"error": "no such label"}
    web.answer = {"model_version_status": [{"version": "2", "state": "AVAILABLE"}]}
    with pytest.raises(PredictionError, match=r"for label 'live'. The server has version 2 \(AVAILABLE\)"):
        predicted(web, {"images": [1.0]}, label="live")


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(PredictionError) as refused:
        RestClient("http://127.0.0.1:9").status("digits")
    assert refused.value.code == "UNAVAILABLE"


def test_a_server_that_says_nothing_in_time_is_late() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(PredictionError) as refused:
        RestClient(f"http://127.0.0.1:{silent.getsockname()[1]}").status("digits", timeout=0.05)
    assert refused.value.code == "DEADLINE_EXCEEDED"


def test_states_and_signatures_are_read(web: Web) -> None:
    client = RestClient(web.url)
    web.answer = {"model_version_status": [{"version": "2", "state": "AVAILABLE", "status": {}}]}
    assert client.status("digits") == {2: "AVAILABLE"}
    web.metadata = {"metadata": {"signature_def": {"signature_def": {"serving_default": {"inputs": {}}}}}}
    assert client.signatures("digits") == {"serving_default": {"inputs": {}}}
    assert web.asked[-1][1] == "/v1/models/digits/metadata"
