"""Over HTTP: /ready, /serving, /status, /metrics, /live."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tfserving.agent.config_bucket import ConfigObject
from tfserving.agent.endpoints import answer, serve
from tfserving.agent.metrics import Metrics
from tfserving.agent.status import Status, VersionStatus

CONFIG = ConfigObject("", "", "v7")
READY = Status("i-1", ready=True, config=CONFIG, models=(VersionStatus("digits", 2, ("live",), "labelled"),))
WAITING = Status("i-1", problems=("The store is empty.",))


@pytest.fixture
def url() -> Iterator[str]:
    metrics = Metrics(lambda: WAITING)
    server = serve(0, lambda: WAITING, metrics)
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def body(path: str, status: Status) -> tuple[int, object]:
    """Give an answer's code and its JSON."""
    code, _, content = answer(path, status, Metrics(lambda: status))
    return code, json.loads(content)


def test_ready_is_503_with_the_reasons_until_everything_wanted_is_served() -> None:
    assert body("/ready", WAITING) == (503, {"ready": False, "config": "", "problems": ["The store is empty."]})
    assert body("/ready", READY) == (200, {"ready": True, "config": "v7", "problems": []})


def test_serving_is_200_also_while_a_new_config_is_not_served_yet() -> None:
    rolling = replace(WAITING, serving=True, config=CONFIG)
    assert body("/serving", rolling) == (200, {"serving": True, "config": "v7", "problems": ["The store is empty."]})
    assert body("/serving", WAITING)[0] == 503


def test_a_query_does_not_change_the_answer() -> None:
    assert body("/ready?from=loadbalancer", READY)[0] == 200


def test_the_agent_lives_whether_or_not_it_is_ready() -> None:
    assert body("/live", WAITING) == (200, {"live": True})


def test_the_status_has_the_keys_that_scripts_rely_on() -> None:
    code, status = body("/status", READY)
    assert code == 200
    assert isinstance(status, dict)
    assert set(status) == {"format", "instance_id", "updated_at", "ready", "serving", "problems", "config", "models"}
    assert status["models"] == [
        {"model": "digits", "version": 2, "labels": ["live"], "state": "labelled", "error": "", "waits_for": ""}
    ]


def test_another_path_says_which_there_are() -> None:
    code, said = body("/", READY)
    assert code == 404
    assert "/metrics" in str(said)


def test_the_endpoints_answer_over_http(url: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{url}/ready", timeout=5)
    assert refused.value.code == 503
    assert json.load(refused.value)["problems"] == ["The store is empty."]
    refused.value.close()
    with urllib.request.urlopen(f"{url}/metrics", timeout=5) as answered:
        assert answered.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        assert b"tfserving_agent_ready 0.0" in answered.read()


def ask(url: str, method: str) -> tuple[int, dict[str, str], bytes]:
    """Give an answer's code, headers and body."""
    host = url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=5)
    try:
        connection.request(method, "/ready")
        answered = connection.getresponse()
        return answered.status, dict(answered.getheaders()), answered.read()
    finally:
        connection.close()


def test_head_is_get_without_the_body(url: str) -> None:
    code, headers, content = ask(url, "GET")
    assert (code, headers["Cache-Control"], int(headers["Content-Length"])) == (503, "no-store", len(content))
    head = ask(url, "HEAD")
    assert head[0] == 503
    assert head[1] | {"Date": ""} == headers | {"Date": ""}
    assert head[2] == b""


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
def test_any_other_method_is_told_which_there_are(url: str, method: str) -> None:
    code, headers, content = ask(url, method)
    assert (code, headers["Allow"]) == (405, "GET, HEAD")
    assert method in json.loads(content)["error"]


def test_an_answer_does_not_say_what_server_gave_it(url: str) -> None:
    assert ask(url, "GET")[1].keys() == {"Cache-Control", "Content-Length", "Content-Type", "Date"}
