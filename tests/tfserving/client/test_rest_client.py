"""Predictions over REST."""

import socket

import numpy as np
import pytest

from tests.tfserving.client.conftest import Web
from tfserving.client import PredictionError, RestClient


def test_inputs_go_out_in_columns_and_outputs_come_back_by_name(web: Web) -> None:
    web.answer = {"outputs": {"class": [3], "score": [0.5]}}
    found = RestClient(web.url).predict("digits", {"images": np.ones((1, 2))}, version=2, signature="classes")
    assert {name: array.tolist() for name, array in found.items()} == {"class": [3], "score": [0.5]}
    assert web.asked == [
        (
            "POST",
            "/v1/models/digits/versions/2:predict",
            {"signature_name": "classes", "inputs": {"images": [[1.0, 1.0]]}},
        )
    ]


def test_a_single_output_comes_without_its_name(web: Web) -> None:
    web.answer = {"outputs": [[0.5]]}
    assert RestClient(web.url).predict("digits", {"images": [1.0]})["output"].tolist() == [[0.5]]


@pytest.mark.parametrize(
    ("chosen", "path"),
    [({}, "digits"), ({"version": 0}, "digits/versions/0"), ({"label": "live"}, "digits/labels/live")],
)
def test_versions_and_labels_are_parts_of_the_path(web: Web, chosen: dict[str, object], path: str) -> None:
    web.answer = {"outputs": []}
    RestClient(f"{web.url}/").predict("digits", {"images": [1.0]}, **chosen)  # type: ignore[arg-type]
    assert web.asked[0][1] == f"/v1/models/{path}:predict"


def test_text_goes_out_as_text_and_bytes_as_base64(web: Web) -> None:
    web.answer = {"outputs": []}
    RestClient(web.url).predict("text", {"text": [["ä"], ["b"]], "raw": np.array([b"\xff"], dtype=object)})
    assert web.asked[0][2]["inputs"] == {"text": [["ä"], ["b"]], "raw": [{"b64": "/w=="}]}


def test_numbers_json_has_no_word_for_are_read_and_written(web: Web) -> None:
    web.answer = b'{"outputs": [NaN, Infinity]}'
    found = RestClient(web.url).predict("digits", {"images": [float("nan")]})["output"]
    np.testing.assert_array_equal(found, [np.nan, np.inf])
    assert np.isnan(web.asked[0][2]["inputs"]["images"][0])


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
        RestClient(web.url).predict("digits", {"images": [1.0]}, label="live")
    assert refused.value.code == code


@pytest.mark.parametrize("answer", [b"<html>Bad gateway</html>", b'["error"]'])
def test_an_answer_that_is_not_the_servers_is_shown(web: Web, answer: bytes) -> None:
    web.code, web.answer = 502, answer
    with pytest.raises(PredictionError, match=r"Bad gateway|error"):
        RestClient(web.url).predict("digits", {"images": [1.0]})


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
    web.answer = {"metadata": {"signature_def": {"signature_def": {"serving_default": {"inputs": {}}}}}}
    assert client.signatures("digits") == {"serving_default": {"inputs": {}}}
    assert web.asked[-1][1] == "/v1/models/digits/metadata"
