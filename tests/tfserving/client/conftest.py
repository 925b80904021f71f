"""A server on loopback that answers what a test tells it to, over gRPC and over HTTP."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
import pytest
from google.protobuf import json_format

from tfserving.protos.serving_api_pb2 import (
    DataType,
    GetModelMetadataRequest,
    GetModelMetadataResponse,
    GetModelStatusRequest,
    GetModelStatusResponse,
    ModelVersionStatus,
    PredictRequest,
    PredictResponse,
    SignatureDef,
    SignatureDefMap,
    TensorInfo,
    TensorProto,
    TensorShapeProto,
)

REQUESTS: dict[str, tuple[Any, Any]] = {
    "Predict": (PredictRequest, PredictResponse),
    "GetModelMetadata": (GetModelMetadataRequest, GetModelMetadataResponse),
    "GetModelStatus": (GetModelStatusRequest, GetModelStatusResponse),
}


def info(dtype: DataType | str, *sizes: int, rank: bool = True) -> TensorInfo:
    """Describe an input or output: -1 is any size; without a rank the shape is open."""
    dims = [TensorShapeProto.Dim(size=size) for size in sizes]
    return TensorInfo(name="t:0", dtype=dtype, tensor_shape=TensorShapeProto(dim=dims, unknown_rank=not rank))


def any_shape(dtype: DataType | str) -> TensorInfo:
    """Describe an input or output of any shape."""
    return info(dtype, rank=False)


def signatures(
    inputs: Mapping[str, TensorInfo],
    outputs: Mapping[str, TensorInfo] | None = None,
    defaults: Mapping[str, TensorProto] | None = None,
) -> dict[str, SignatureDef]:
    """Give a model one signature; outputs are the inputs unless told."""
    given = inputs if outputs is None else outputs
    return {"serving_default": SignatureDef(inputs=inputs, outputs=given, defaults=defaults)}


IMAGES = signatures({"images": any_shape("DT_FLOAT")})


@dataclass
class Answering:
    """Answers every call: predictions give their inputs back, unless an error is set."""

    error: tuple[grpc.StatusCode, str] | None = None
    refuse: Callable[[Any], tuple[grpc.StatusCode, str] | None] = lambda request: None
    signatures: Mapping[str, SignatureDef] = field(default_factory=lambda: IMAGES)
    outputs: Mapping[str, TensorProto] | None = None
    asked: list[Any] = field(default_factory=list)
    address: str = ""

    @property
    def predictions(self) -> list[PredictRequest]:
        """The predictions asked for."""
        return [request for request in self.asked if isinstance(request, PredictRequest)]

    def __call__(self, request: Any, context: grpc.ServicerContext) -> Any:
        self.asked.append(request)
        error = self.error or self.refuse(request)
        if error is not None:
            context.abort(*error)
        return self._answer(request)

    def _answer(self, request: Any) -> Any:
        if isinstance(request, PredictRequest):
            return PredictResponse(outputs=dict(request.inputs) if self.outputs is None else self.outputs)
        if isinstance(request, GetModelStatusRequest):
            states = GetModelStatusResponse()
            states.model_version_status.add(version=2, state=ModelVersionStatus.AVAILABLE)
            return states
        told = SignatureDefMap(signature_def=self.signatures)
        answer = GetModelMetadataResponse()
        answer.metadata["signature_def"].value = told.SerializeToString()
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
    """Tells signatures, answers every other HTTP request with one text, and keeps what was asked."""

    code: int = 200
    answer: Any = None
    metadata: Any = None
    metadata_code: int = 200
    signatures: Mapping[str, SignatureDef] = field(default_factory=lambda: IMAGES)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    url: str = ""

    @property
    def predictions(self) -> list[tuple[str, Any]]:
        """The predictions asked for: path and body."""
        return [(path, body) for method, path, body in self.asked if method == "POST"]

    def text(self, path: str) -> bytes:
        """Give the body of an answer."""
        answer = self._told() if path.endswith("/metadata") else self.answer
        return answer if isinstance(answer, bytes) else json.dumps(answer).encode()

    def _told(self) -> Any:
        if self.metadata is not None:
            return self.metadata
        told = SignatureDefMap(signature_def=self.signatures)
        # As the server prints them: every field, snake case.
        document = json_format.MessageToDict(
            told, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
        )
        return {"model_spec": {"name": "digits"}, "metadata": {"signature_def": document}}


@pytest.fixture
def web() -> Iterator[Web]:
    """Serve HTTP on loopback."""
    web = Web()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(web)) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        web.url = f"http://127.0.0.1:{server.server_port}"
        yield web
        server.shutdown()


def _handler(web: Web) -> "Callable[..., BaseHTTPRequestHandler]":
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            web.asked.append((self.command, self.path, json.loads(body) if body else None))
            text = web.text(self.path)
            self.send_response(web.metadata_code if self.path.endswith("/metadata") else web.code)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            return

    return Handler
