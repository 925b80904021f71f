"""The agent's HTTP endpoints: /ready, /serving, /status, /metrics, /live."""

import json
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from tfserving.agent.http_requests import HEADERS, JSON
from tfserving.agent.http_server import HttpServer
from tfserving.agent.metrics import Metrics
from tfserving.agent.status import Status, utc_now

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"
METHODS: Final = ("GET", "HEAD")
Answer = tuple[int, str, bytes]


def serve(port: int, status: Callable[[], Status], metrics: Metrics) -> HttpServer:
    """Serve in the background; gives the server, which listens on every address of the machine."""

    def application(request: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        code, kind, body = _answer(request["PATH_INFO"], request["REQUEST_METHOD"], status(), metrics)
        headers = [("Content-Type", kind), ("Content-Length", str(len(body))), *HEADERS]
        if code == HTTPStatus.METHOD_NOT_ALLOWED:
            headers.append(("Allow", ", ".join(METHODS)))
        start_response(f"{code} {HTTPStatus(code).phrase}", headers)
        return [] if request["REQUEST_METHOD"] == "HEAD" else [body]

    return HttpServer(port, application)


def answer(path: str, status: Status, metrics: Metrics, method: str = "GET") -> Answer:
    """Answer a request, with or without a query: status code, content type, body."""
    return _answer(path.partition("?")[0], method, status, metrics)


def _answer(path: str, method: str, status: Status, metrics: Metrics) -> Answer:
    endpoints: dict[str, Callable[[], Answer]] = {
        "/ready": lambda: _yes_or_no("ready", status.ready, status),
        "/serving": lambda: _yes_or_no("serving", status.serving, status),
        "/status": lambda: (200, JSON, _json(status.as_json(utc_now()))),
        "/metrics": lambda: (200, TEXT, metrics.render()),
        "/live": lambda: (200, JSON, _json({"live": True})),
    }
    endpoint = endpoints.get(path)
    if endpoint is None:
        return 404, JSON, _json({"error": "There are /ready, /serving, /status, /metrics and /live."})
    if method not in METHODS:
        return 405, JSON, _json({"error": f"The method {method!r} is not known here. Use {' or '.join(METHODS)}."})
    return endpoint()


def _yes_or_no(question: str, yes: bool, status: Status) -> Answer:
    config = status.config.version_id if status.config else ""
    content = {question: yes, "config": config, "problems": list(status.problems)}
    return (200 if yes else 503), JSON, _json(content)


def _json(content: object) -> bytes:
    return json.dumps(content, indent=1).encode() + b"\n"
