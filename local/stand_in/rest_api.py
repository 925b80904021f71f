"""The REST side: predict, status and metadata under /v1/models, and the page for Prometheus."""

import json
import logging
import re
import socket
import threading
import zlib
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import unquote

from google.protobuf import json_format

from .official import get_model_metadata_pb2, get_model_status_pb2, model_pb2
from .predict import predict
from .rest_json import parse_object, read_request, write_error, write_response
from .service import Service
from .status import Code, StatusError, invalid, unimplemented

log = logging.getLogger("stand_in.rest")

MODEL: Final = r"/v1/models/(?P<name>[^/:]+)(?:/versions/(?P<version>[0-9]+)|/labels/(?P<label>[^/:]+))?"
PREDICTION: Final = re.compile(MODEL + r":(?P<method>predict|classify|regress)", re.IGNORECASE)
QUESTION: Final = re.compile(MODEL + r"(?P<metadata>/metadata)?", re.IGNORECASE)
LARGEST_INFLATED: Final = 100 * 1024 * 1024
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
NO_SUCH_PAGE: Final = "<HTML><HEAD>\n<TITLE>404 Not Found</TITLE>\n</HEAD><BODY>\n<H1>Not Found</H1>\n</BODY></HTML>\n"


@dataclass(frozen=True)
class RestOptions:
    """Where and how to answer; an empty metrics path means no such page."""

    port: int
    num_threads: int
    timeout_ms: int
    cors: bool
    metrics_path: str


@dataclass(frozen=True)
class Reply:
    """What goes back over HTTP."""

    status: int
    body: str
    content_type: str = "application/json"


class RestApi:
    """Answers requests, whatever carries them."""

    def __init__(self, service: Service, options: RestOptions) -> None:
        self._service = service
        self._options = options

    def answer(self, method: str, path: str, body: bytes) -> Reply:
        """The reply to one request; every error becomes one."""
        if method == "GET" and self._options.metrics_path and path == self._options.metrics_path:
            return Reply(200, self._service.metrics.render(), "text/plain")
        if not path.lower().startswith("/v1/"):
            return Reply(404, NO_SUCH_PAGE, "text/html")
        try:
            return Reply(200, self._served(method, path, body))
        except StatusError as error:
            return Reply(HTTP_STATUS.get(error.code, 500), write_error(error))

    def _served(self, method: str, path: str, body: bytes) -> str:
        pattern = {"POST": PREDICTION, "GET": QUESTION}.get(method)
        target = pattern.fullmatch(path) if pattern else None
        if target is None:
            if method == "GET" and path.lower().rstrip("/") == "/v1/models":
                raise invalid("Missing model name in request.")
            raise invalid(f"Malformed request: {method} {path}")
        spec = _model_spec(target)
        with self._service.measured(lambda: spec.name, target.groupdict().get("method") or "", "REST"):
            if method == "POST":
                return self._predict(spec, target["method"].lower(), body)
            return self._metadata(spec) if target["metadata"] else self._status(spec)

    def _predict(self, spec: Any, method: str, body: bytes) -> str:
        if method != "predict":
            raise unimplemented(f"The stand-in does not serve {method}.")
        document = parse_object(body)
        with self._service.borrow(spec) as (_, model):
            request = read_request(document, model.signatures)
            timeout = self._options.timeout_ms
            outputs = predict(model, request.signature_name, request.inputs, timeout_ms=timeout)
        return write_response(outputs, rows=request.rows)

    def _status(self, spec: Any) -> str:
        request = get_model_status_pb2.GetModelStatusRequest(model_spec=spec)
        return json.dumps(_to_dict(self._service.status(request)))

    def _metadata(self, spec: Any) -> str:
        request = get_model_metadata_pb2.GetModelMetadataRequest(model_spec=spec, metadata_field=["signature_def"])
        response = self._service.metadata(request)
        signatures = get_model_metadata_pb2.SignatureDefMap()
        response.metadata["signature_def"].Unpack(signatures)
        spec_shown = {"name": spec.name, "signature_name": "", "version": str(response.model_spec.version.value)}
        return json.dumps({"model_spec": spec_shown, "metadata": {"signature_def": _to_dict(signatures)}})


def _to_dict(message: Any) -> Any:
    return json_format.MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )


def _model_spec(target: re.Match[str]) -> Any:
    spec = model_pb2.ModelSpec(name=unquote(target["name"]))
    if target["version"]:
        if int(target["version"]) >= 2**63:
            raise invalid(f"Failed to convert version: {target['version']} to numeric.")
        spec.version.value = int(target["version"])
    if target["label"]:
        spec.version_label = unquote(target["label"])
    return spec


def inflate(body: bytes) -> bytes:
    """Undo gzip; raises INVALID_ARGUMENT for damaged bodies and those above 100 MB."""
    reader = zlib.decompressobj(wbits=31)
    try:
        content = reader.decompress(body, LARGEST_INFLATED)
    except zlib.error as error:
        raise invalid(f"Failed to uncompress the request body: {error}.") from error
    if not reader.eof:
        raise invalid("Failed to uncompress the request body: it is truncated or too large.")
    return content


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = -1
    server: "RestServer"

    def do_GET(self) -> None:
        self._respond()

    def do_POST(self) -> None:
        self._respond()

    def _respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.server.workers:
            reply = self._reply(body)
        content = reply.body.encode(errors="surrogateescape")
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(content)))
        if self.server.cors:
            self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self.wfile.write(content)

    def _reply(self, body: bytes) -> Reply:
        try:
            inflated = inflate(body) if self.headers.get("Content-Encoding") == "gzip" else body
        except StatusError as error:
            return Reply(400, write_error(error))
        return self.server.api.answer(self.command, self.path.partition("?")[0], inflated)

    def log_message(self, *_: object) -> None:
        """The real server logs no requests."""


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
        super().__init__(("0.0.0.0", options.port), _Handler)  # noqa: S104 - as the real server


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
