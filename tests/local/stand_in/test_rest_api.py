import gzip
import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.stand_in import http_body
from local.stand_in.http_body import inflate
from local.stand_in.metrics import Metrics
from local.stand_in.rest_api import HTTP_STATUS, RestApi, RestOptions, start_rest
from local.stand_in.service import Service
from local.stand_in.status import Code, StatusError
from tests.local.stand_in.fakes import FakeCore

OPTIONS = RestOptions(port=0, num_threads=4, timeout_ms=1234, cors=True, metrics_path="/metrics")


@pytest.fixture
def core() -> FakeCore:
    return FakeCore()


@pytest.fixture
def api(core: FakeCore) -> RestApi:
    return RestApi(Service(core.as_core(), Metrics()), OPTIONS)


def get(api: RestApi, path: str) -> tuple[int, Any]:
    reply = api.answer("GET", path, b"")
    return reply.status, json.loads(reply.body)


def post(api: RestApi, path: str, document: object) -> tuple[int, Any]:
    reply = api.answer("POST", path, json.dumps(document).encode())
    return reply.status, json.loads(reply.body)


@pytest.mark.parametrize("target", ["m", "m/versions/3", "m/labels/stable", "%6D"])
def test_a_model_is_asked_by_name_version_or_label(api: RestApi, target: str) -> None:
    assert post(api, f"/v1/models/{target}:predict", {"instances": [1]}) == (200, {"predictions": [2.0]})


def test_urls_are_read_in_any_case(api: RestApi) -> None:
    assert post(api, "/V1/Models/m:predict", {"inputs": 1})[0] == 200
    assert get(api, "/V1/MODELS/m")[0] == 200


@pytest.mark.parametrize("endpoint", ["PREDICT", "Classify", "REGRESS"])
def test_an_endpoint_in_capital_letters_is_none(api: RestApi, endpoint: str) -> None:
    code, body = post(api, f"/v1/models/m:{endpoint}", {"inputs": 1})
    assert (code, body["error"]) == (400, f"Malformed request: POST /v1/models/m:{endpoint}")


def test_metadata_in_capital_letters_are_the_status(api: RestApi) -> None:
    assert get(api, "/v1/models/m/METADATA") == get(api, "/v1/models/m")


def test_a_query_is_part_of_the_url(api: RestApi) -> None:
    assert get(api, "/v1/models/m?x=1") == (404, {"error": "Could not find any versions of model m?x=1"})
    assert get(api, "/v1/models/m/metadata?x=1")[0] == 400
    assert post(api, "/v1/models/m:predict?x=1", {"inputs": 1})[0] == 400
    assert api.answer("GET", "/metrics?x=1", b"").status == 400


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD"])
@pytest.mark.parametrize("path", ["/v1/models/m", "/v1/models/m:predict"])
def test_other_methods_are_refused(api: RestApi, method: str, path: str) -> None:
    assert api.answer(method, path, b"").status == 400


@pytest.mark.parametrize(("origin", "status"), [("", 400), ("https://example.com", 200), ("file://", 400)])
def test_options_are_answered_to_an_origin(api: RestApi, origin: str, status: int) -> None:
    reply = api.answer("OPTIONS", "/v1/models/m:predict", b"", origin)
    assert (reply.status, reply.body) == (status, "")


@pytest.mark.parametrize("digits", ["9223372036854775808", "12345678901234567890", "9" * 5000])
def test_a_version_beyond_64_bits_is_400_without_a_word(api: RestApi, digits: str) -> None:
    for method, path in (
        ("GET", f"/v1/models/m/versions/{digits}"),
        ("POST", f"/v1/models/m/versions/{digits}:predict"),
    ):
        reply = api.answer(method, path, b"")
        assert (reply.status, reply.body) == (400, "")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "OPTIONS"])
def test_every_method_gets_the_metrics(api: RestApi, method: str) -> None:
    assert api.answer(method, "/metrics", b"").status == 200


def test_classify_answers_pairs_of_label_and_score(api: RestApi) -> None:
    document = {"signature_name": "classes", "examples": [{"a": 1.5}, {"a": "x", "b": [1, True]}]}
    assert post(api, "/v1/models/m:classify", document) == (
        200,
        {"results": [[["few", 1.0], ["many", 1.0]], [["few", 1.0], ["many", 2.0]]]},
    )


def test_regress_answers_a_number_for_each_example(api: RestApi) -> None:
    document = {"signature_name": "sizes", "context": {"c": {"b64": "aGk="}}, "examples": [{}, {"a": [1, 2]}]}
    assert post(api, "/v1/models/m/labels/stable:regress", document) == (200, {"results": [1.0, 2.0]})


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({}, "'examples' is expected and was not found"),
        ({"examples": {}}, "to be an list/array"),
        ({"examples": []}, "empty array"),
        ({"examples": [1]}, "Example must be JSON object but got JSON Number"),
        ({"examples": [{"a": None}]}, "unexpected JSON type: Null"),
        ({"examples": [{"a": [[1]]}]}, "unexpected JSON type: Array"),
        ({"examples": [{"a": {"b": 1}}]}, "unexpected JSON type: Object"),
        ({"examples": [{"a": [1, 1.5]}]}, "expecting type: int64"),
        ({"examples": [{"a": [1.5, "x"]}]}, "expecting type: float"),
        ({"examples": [{"a": ["x", True]}]}, "expecting type: bytes"),
        ({"examples": [{"a": 2**63}]}, "Only int64 is supported"),
        ({"examples": [{"a": 1}]}, "method_name to be tensorflow/serving/regress"),
    ],
)
def test_a_bad_regression_is_refused(api: RestApi, document: dict[str, Any], message: str) -> None:
    code, body = post(api, "/v1/models/m:regress", document)
    assert code == 400
    assert message in body["error"]


def test_predictions_are_zeros_if_tensors_are_written_as_bytes(core: FakeCore) -> None:
    options = RestOptions(port=0, num_threads=4, timeout_ms=0, cors=False, metrics_path="", as_content=True)
    api = RestApi(Service(core.as_core(), Metrics()), options)
    assert post(api, "/v1/models/m:predict", {"instances": [1, 2]}) == (200, {"predictions": [0.0, 0.0]})


def test_rest_counts_in_the_runtimes_latency(api: RestApi) -> None:
    post(api, "/v1/models/m:predict", {"instances": [1]})
    page = api.answer("GET", "/metrics", b"").body
    assert ':tensorflow:serving:runtime_latency_count{model_name="m",API="Predict",runtime="TF1"} 1\n' in page


def test_the_timeout_of_the_flag_is_passed_on(api: RestApi, core: FakeCore) -> None:
    post(api, "/v1/models/m:predict", {"instances": [1]})
    assert core.model.timeouts == [1234]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/models/x:predict", 404),
        ("/v1/models/m/versions/2:predict", 404),
        ("/v1/models/m/labels/nope:predict", 400),
        ("/v1/models/m:classify", 400),
        ("/v1/models/m", 400),
        ("/v1/other", 400),
    ],
)
def test_a_failed_request_has_a_code_and_an_error(api: RestApi, path: str, status: int) -> None:
    code, body = post(api, path, {"instances": [1]})
    assert code == status
    assert list(body) == ["error"]


def test_the_status_shows_versions_as_strings_and_answers_200_for_what_ended(api: RestApi) -> None:
    code, body = get(api, "/v1/models/m")
    assert code == 200
    assert body == {
        "model_version_status": [
            {"version": "3", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}},
            {"version": "2", "state": "END", "status": {"error_code": "INVALID_ARGUMENT", "error_message": "broken"}},
        ]
    }


def test_the_status_of_one_version_is_alone(api: RestApi) -> None:
    _, body = get(api, "/v1/models/m/versions/2")
    assert [entry["version"] for entry in body["model_version_status"]] == ["2"]


def test_the_status_ignores_labels_even_unknown_ones(api: RestApi) -> None:
    code, body = get(api, "/v1/models/m/labels/nope")
    assert (code, len(body["model_version_status"])) == (200, 2)


def test_a_model_never_seen_is_404(api: RestApi) -> None:
    assert get(api, "/v1/models/x") == (404, {"error": "Could not find any versions of model x"})


def test_the_metadata_have_the_doubled_key(api: RestApi) -> None:
    code, body = get(api, "/v1/models/m/labels/stable/metadata")
    assert code == 200
    assert body["model_spec"] == {"name": "m", "signature_name": "", "version": "3"}
    signature = body["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert signature["inputs"]["x"]["dtype"] == "DT_FLOAT"


def test_the_metadata_of_an_unknown_label_are_400(api: RestApi) -> None:
    assert get(api, "/v1/models/m/labels/nope/metadata")[0] == 400


@pytest.mark.parametrize("path", ["/v1/models", "/v1/models/", "/v1/models/m/nope"])
def test_there_is_no_list_of_all_models(api: RestApi, path: str) -> None:
    assert get(api, path)[0] == 400


def test_an_unknown_page_is_404_in_html(api: RestApi) -> None:
    reply = api.answer("GET", "/health", b"")
    assert (reply.status, reply.content_type) == (404, "text/html")


def test_probes_and_unknown_models_are_counted_and_only_successes_timed(api: RestApi) -> None:
    get(api, "/v1/models/x")
    post(api, "/v1/models/m:predict", {"instances": [1]})
    page = api.answer("GET", "/metrics", b"").body
    assert ':tensorflow:serving:request_count{model_name="x",status="NOT_FOUND"} 1' in page
    assert ':tensorflow:serving:request_latency_count{model_name="m",API="predict",entrypoint="REST"} 1' in page
    assert 'request_latency_count{model_name="x"' not in page


def test_without_monitoring_there_is_no_metrics_page(core: FakeCore) -> None:
    options = RestOptions(port=0, num_threads=4, timeout_ms=0, cors=False, metrics_path="")
    assert RestApi(Service(core.as_core(), Metrics()), options).answer("GET", "/metrics", b"").status == 404


def test_codes_follow_the_real_servers_table(api: RestApi, core: FakeCore) -> None:
    for code in (Code.DEADLINE_EXCEEDED, Code.RESOURCE_EXHAUSTED, Code.UNAVAILABLE, Code.FAILED_PRECONDITION):
        core.model.failure = StatusError(code, "as it is")
        assert post(api, "/v1/models/m:predict", {"instances": [1]}) == (HTTP_STATUS[code], {"error": "as it is"})
    core.model.failure = StatusError(Code.DATA_LOSS, "lost")
    assert post(api, "/v1/models/m:predict", {"instances": [1]})[0] == 500


def test_gzip_is_undone_up_to_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_body, "LARGEST_INFLATED", 1000)
    assert inflate(gzip.compress(b"body")) == b"body"
    with pytest.raises(StatusError):
        inflate(b"body")
    with pytest.raises(StatusError):
        inflate(gzip.compress(bytes(1001)))


@pytest.fixture
def connection(core: FakeCore) -> Iterator[http.client.HTTPConnection]:
    server = start_rest(Service(core.as_core(), Metrics()), OPTIONS)
    assert server is not None
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    yield connection
    connection.close()
    server.shutdown()
    server.server_close()


def test_a_connection_is_kept_alive_and_carries_cors(connection: http.client.HTTPConnection) -> None:
    body = gzip.compress(b'{"instances": [4]}')
    connection.request("POST", "/v1/models/m:predict", body, {"Content-Encoding": "gzip"})
    first = connection.getresponse()
    assert json.loads(first.read()) == {"predictions": [8.0]}
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    assert first.headers["Access-Control-Allow-Methods"] == "POST, GET"
    assert first.headers["Access-Control-Allow-Headers"] == "Content-Type"
    socket = connection.sock
    connection.request("GET", "/v1/models/m")
    assert connection.getresponse().status == 200
    assert connection.sock is socket


def test_a_body_may_come_in_chunks(connection: http.client.HTTPConnection) -> None:
    chunks = iter([b'{"instances"', b": [4]}"])
    for body, headers in ((chunks, {}), (iter([gzip.compress(b'{"inputs": 4}')]), {"Content-Encoding": "x-gzip"})):
        connection.request("POST", "/v1/models/m:predict", body, headers, encode_chunked=True)
        reply = connection.getresponse()
        assert (reply.status, *json.loads(reply.read()).values()) in [(200, [8.0]), (200, 8.0)]


def test_the_answer_to_head_has_no_body(connection: http.client.HTTPConnection) -> None:
    connection.request("HEAD", "/v1/models/m")
    reply = connection.getresponse()
    assert (reply.status, reply.read()) == (400, b"")
    connection.request("GET", "/v1/models/m")
    assert connection.getresponse().status == 200


def test_no_answer_names_the_software_and_only_the_api_has_cors(connection: http.client.HTTPConnection) -> None:
    for path, cors in (("/v1/models/x", "*"), ("/metrics", None), ("/nowhere", None)):
        connection.request("GET", path)
        reply = connection.getresponse()
        reply.read()
        assert reply.headers["Server"] is None
        assert reply.headers["Access-Control-Allow-Origin"] == cors


def test_options_of_a_browser_are_answered(connection: http.client.HTTPConnection) -> None:
    connection.request("OPTIONS", "/v1/models/m:predict", headers={"Origin": "http://localhost:3000"})
    assert connection.getresponse().status == 200


def test_a_damaged_gzip_body_is_an_empty_one(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", "/v1/models/m:predict", b"no gzip", {"Content-Encoding": "gzip"})
    reply = connection.getresponse()
    assert (reply.status, json.loads(reply.read())) == (400, {"error": "JSON Parse error: The document is empty"})


@pytest.mark.parametrize(
    "headers", [{"Content-Length": "x"}, {"Transfer-Encoding": "chunked"}, {"Content-Length": "-1"}]
)
def test_a_body_whose_end_cannot_be_told_is_refused(
    connection: http.client.HTTPConnection, headers: dict[str, str]
) -> None:
    connection.putrequest("POST", "/v1/models/m:predict")
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders(b"x\r\n")
    assert connection.getresponse().status == 400


def test_a_busy_port_is_only_an_error_in_the_log(core: FakeCore, caplog: pytest.LogCaptureFixture) -> None:
    service = Service(core.as_core(), Metrics())
    first = start_rest(service, OPTIONS)
    assert first is not None
    port = first.server_address[1]
    busy = RestOptions(port=port, num_threads=4, timeout_ms=0, cors=False, metrics_path="")
    assert start_rest(service, busy) is None
    assert "Failed to start HTTP Server" in caplog.text
    first.shutdown()
    first.server_close()


def test_with_one_thread_no_request_is_ever_answered(core: FakeCore) -> None:
    options = RestOptions(port=0, num_threads=1, timeout_ms=0, cors=False, metrics_path="")
    server = start_rest(Service(core.as_core(), Metrics()), options)
    assert server is not None
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=0.1)
    connection.request("GET", "/v1/models/m")
    with pytest.raises(TimeoutError):
        connection.getresponse()
    connection.close()
    server.workers.release()
    server.shutdown()
    server.server_close()
