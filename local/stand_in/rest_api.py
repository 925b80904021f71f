"""The REST side: what is under /v1/models, and the page for Prometheus."""

import json
import logging
import re
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from google.protobuf import json_format

from .http_body import read_body
from .json_examples import read_examples, write_classifications, write_regressions
from .official import classification_pb2, get_model_metadata_pb2, get_model_status_pb2, regression_pb2
from .rest_json import (
    as_read_from_fields,
    parse_object,
    read_request,
    signature_name,
    write_error,
    write_response,
)
from .rest_urls import METADATA, STATUS, UnreadableVersionError, parse_url
from .service import Service
from .status import Code, StatusError, invalid

log = logging.getLogger("stand_in.rest")

IDLE_SECONDS: Final = 50
"""libevent's default: a keep-alive connection is closed after this much silence."""

HTTP_STATUS: Final = {
    Code.OK: 200,
    Code.INVALID_ARGUMENT: 400,
    Code.FAILED_PRECONDITION: 400,
    Code.OUT_OF_RANGE: 400,
    Code.UNAUTHENTICATED: 401,
    Code.PERMISSION_DENIED: 403,
    Code.NOT_FOUND: 404,
    Code.ABORTED: 409,
    Code.ALREADY_EXISTS: 409,
    Code.RESOURCE_EXHAUSTED: 429,
    Code.CANCELLED: 499,
    Code.UNIMPLEMENTED: 501,
    Code.UNAVAILABLE: 503,
    Code.DEADLINE_EXCEEDED: 504,
}
JSON: Final = "application/json"
ORIGIN: Final = re.compile("https?://.*")
CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, GET",
    "Access-Control-Allow-Headers": "Content-Type",
}
NO_SUCH_PAGE: Final = "<HTML><HEAD>\n<TITLE>404 Not Found</TITLE>\n</HEAD><BODY>\n<H1>Not Found</H1>\n</BODY></HTML>\n"


@dataclass(frozen=True)
class RestOptions:
    """Where and how to answer; an empty metrics path means no such page."""

    port: int
    num_threads: int
    timeout_ms: int
    cors: bool
    metrics_path: str
    as_content: bool = False


@dataclass(frozen=True)
class Reply:
    """What goes back over HTTP."""

    status: int
    body: str
    content_type: str = JSON


class RestApi:
    """Answers requests, whatever carries them."""

    def __init__(self, service: Service, options: RestOptions) -> None:
        self._service = service
        self._options = options

    def answer(self, method: str, path: str, body: bytes, origin: str = "") -> Reply:
        """The reply to one request; every error becomes one.

        The path is taken with its query: a status request with one is for a model of that name (404), a prediction is
        none at all (400). Any method gets the metrics, and OPTIONS 200 if it comes from an origin; other methods get
        400, and so does a version of 20 digits, without a body (all seen on 2.20.0).
        """
        if self._options.metrics_path and path.partition("?")[0] == self._options.metrics_path:
            return self._metrics_page(path)
        if not path.lower().startswith("/v1/"):
            return Reply(404, NO_SUCH_PAGE, "text/html")
        if method == "OPTIONS":
            return Reply(200 if ORIGIN.fullmatch(origin) else 400, "")
        try:
            return Reply(200, self._served(method, path, body))
        except StatusError as error:
            return Reply(HTTP_STATUS.get(error.code, 500), write_error(error))
        except UnreadableVersionError:
            return Reply(400, "")

    def _metrics_page(self, path: str) -> Reply:
        wanted = self._options.metrics_path
        if path != wanted:
            return Reply(400, f"Unexpected path: {path}. Should be {wanted}", "text/plain")
        return Reply(200, self._service.metrics.render(), "text/plain")

    def _served(self, method: str, path: str, body: bytes) -> str:
        target = parse_url(method, path)
        api = target.endpoint if method == "POST" else ""
        with self._service.measured(lambda: target.spec.name, api, "REST"):
            if target.endpoint not in ENDPOINTS:
                raise invalid(f"Malformed request: {method} {path}")
            return ENDPOINTS[target.endpoint](self, target.spec, body)

    def _predict(self, spec: Any, body: bytes) -> str:
        document = parse_object(body)
        with self._service.borrow(spec) as (_, model):
            request = read_request(document, model.signatures)
            spec.signature_name = request.signature_name
            outputs = self._service.predict(model, spec, request.inputs, (), self._options.timeout_ms)
        if self._options.as_content:
            outputs = as_read_from_fields(outputs)
        return write_response(outputs, rows=request.rows)

    def _classify(self, spec: Any, body: bytes) -> str:
        request = classification_pb2.ClassificationRequest(**_examples(spec, body))
        return write_classifications(self._service.classify(request, self._options.timeout_ms).result)

    def _regress(self, spec: Any, body: bytes) -> str:
        request = regression_pb2.RegressionRequest(**_examples(spec, body))
        return write_regressions(self._service.regress(request, self._options.timeout_ms).result)

    def _status(self, spec: Any, _body: bytes) -> str:
        request = get_model_status_pb2.GetModelStatusRequest(model_spec=spec)
        return json.dumps(_to_dict(self._service.status(request)), ensure_ascii=False, indent=1)

    def _metadata(self, spec: Any, _body: bytes) -> str:
        request = get_model_metadata_pb2.GetModelMetadataRequest(model_spec=spec, metadata_field=["signature_def"])
        response = self._service.metadata(request)
        signatures = get_model_metadata_pb2.SignatureDefMap()
        response.metadata["signature_def"].Unpack(signatures)
        spec_shown = {"name": spec.name, "signature_name": "", "version": str(response.model_spec.version.value)}
        shown = {"model_spec": spec_shown, "metadata": {"signature_def": _to_dict(signatures)}}
        return json.dumps(shown, ensure_ascii=False, indent=1)


ENDPOINTS: Final[Mapping[str, Callable[[RestApi, Any, bytes], str]]] = {
    "predict": RestApi._predict,
    "classify": RestApi._classify,
    "regress": RestApi._regress,
    STATUS: RestApi._status,
    METADATA: RestApi._metadata,
}


def _examples(spec: Any, body: bytes) -> dict[str, Any]:
    document = parse_object(body)
    spec.signature_name = signature_name(document)
    return {"model_spec": spec, "input": read_examples(document)}


def _to_dict(message: Any) -> Any:
    return json_format.MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = -1
    server: "RestServer"

    def _respond(self) -> None:
        try:
            body = read_body(self.rfile, self.headers)
        except ValueError:
            self.close_connection = True
            self.send_error(400)
            return
        with self.server.workers:
            reply = self.server.api.answer(self.command, self.path, body, self.headers.get("Origin", ""))
        self._send(reply)

    do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = do_OPTIONS = do_PATCH = _respond

    def _send(self, reply: Reply) -> None:
        content = to_bytes(reply.body)
        headers = {"Content-Type": reply.content_type, "Content-Length": str(len(content))}
        if self.server.cors and reply.content_type == JSON:
            headers |= CORS
        # Without the banner that `send_response` adds: the real server has none.
        self.send_response_only(reply.status)
        self.send_header("Date", self.date_time_string())
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """The real server logs no requests."""


def to_bytes(text: str) -> bytes:
    """A reply as it goes over the wire: bytes that were no UTF-8 come back as they were."""
    try:
        return text.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return text.encode(errors="replace")


class RestServer(ThreadingHTTPServer):
    """Listens; raises OSError if the port cannot be had."""

    daemon_threads = True
    request_queue_size = 1024
    address_family = socket.AF_INET

    def __init__(self, service: Service, options: RestOptions) -> None:
        self.api = RestApi(service, options)
        self.cors = options.cors
        # The event loop takes one of the threads for good: with one, no request is ever answered (#1576).
        self.workers = threading.Semaphore(max(0, options.num_threads - 1))
        # A number beyond the ports is cut to its 16 bits (evhttp_server.cc).
        super().__init__(("0.0.0.0", options.port % 2**16), _Handler)  # noqa: S104 - as the real server


def start_rest(service: Service, options: RestOptions) -> RestServer | None:
    """Listen in a thread; a busy port is only an error in the log, and the server lives on without REST."""
    try:
        server = RestServer(service, options)
    except OSError as error:
        log.error("Failed to start HTTP Server at localhost:%d: %s", options.port, error.strerror)
        return None
    threading.Thread(target=server.serve_forever, args=[0.1], name="rest", daemon=True).start()
    log.info("Exporting HTTP/REST API at:localhost:%d ...", options.port)
    return server
