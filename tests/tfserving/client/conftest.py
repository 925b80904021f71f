"""A server on loopback that answers what a test tells it to, over gRPC and over HTTP."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
import pytest

from tfserving.protos.serving_api_pb2 import (
    GetModelMetadataRequest,
    GetModelMetadataResponse,
    GetModelStatusRequest,
    GetModelStatusResponse,
    ModelVersionStatus,
    PredictRequest,
    PredictResponse,
    SignatureDefMap,
)

REQUESTS: dict[str, tuple[Any, Any]] = {
    "Predict": (PredictRequest, PredictResponse),
    "GetModelMetadata": (GetModelMetadataRequest, GetModelMetadataResponse),
    "GetModelStatus": (GetModelStatusRequest, GetModelStatusResponse),
}


@dataclass
class Answering:
    """Answers every call: predictions give their inputs back, unless an error is set."""

    error: tuple[grpc.StatusCode, str] | None = None
    asked: list[Any] = field(default_factory=list)
    address: str = ""

    def __call__(self, request: Any, context: grpc.ServicerContext) -> Any:
        self.asked.append(request)
        if self.error is not None:
            context.abort(*self.error)
        return self._answer(request)

    def _answer(self, request: Any) -> Any:
        if isinstance(request, PredictRequest):
            return PredictResponse(outputs=dict(request.inputs))
        if isinstance(request, GetModelStatusRequest):
            states = GetModelStatusResponse()
            states.model_version_status.add(version=2, state=ModelVersionStatus.AVAILABLE)
            return states
        signatures = SignatureDefMap()
        signatures.signature_def["serving_default"].inputs["images"].dtype = 1
        answer = GetModelMetadataResponse()
        answer.metadata["signature_def"].value = signatures.SerializeToString()
        return answer


class _Handlers(grpc.GenericRpcHandler):  # type: ignore[type-arg]
    def __init__(self, answering: Answering) -> None:
        self._answering = answering

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        request, answer = REQUESTS[str(details.method).rpartition("/")[2]]
        return grpc.unary_unary_rpc_method_handler(self._answering, request.FromString, answer.SerializeToString)


@pytest.fixture
def answering() -> Iterator[Answering]:
    """Serve gRPC on loopback."""
    answering = Answering()
    with ThreadPoolExecutor(2) as workers:
        most = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
        server = grpc.server(workers, options=most)
        server.add_generic_rpc_handlers((_Handlers(answering),))
        answering.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        server.start()
        yield answering
        server.stop(0).wait()


@dataclass
class Web:
    """Answers every HTTP request with one text, and keeps what was asked."""

    code: int = 200
    answer: Any = None
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def web() -> Iterator[Web]:
    """Serve HTTP on loopback."""
    web = Web()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(web)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        web.url = f"http://127.0.0.1:{server.server_port}"
        yield web
        server.shutdown()


def _handler(web: Web) -> "Callable[..., BaseHTTPRequestHandler]":
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            web.asked.append((self.command, self.path, json.loads(body) if body else None))
            text = web.answer if isinstance(web.answer, bytes) else json.dumps(web.answer).encode()
            self.send_response(web.code)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            return

    return Handler
