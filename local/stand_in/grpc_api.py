"""The gRPC side: PredictionService, ModelService and, on request, the health service."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import grpc

from .crash import CrashError
from .flags import INTEGER, INTEGERS, Kind
from .official import model_management_pb2, model_service_grpc, predict_pb2, prediction_service_grpc
from .service import Service, answering
from .small_messages import HealthCheckRequest, HealthCheckResponse
from .status import Code, StatusError
from .tensors import from_proto, to_proto

log = logging.getLogger("stand_in.grpc")

LONGEST_MESSAGE: Final = 2**31 - 1
LONGEST_ERROR: Final = 1024
SERVING: Final = 1
PORTS: Final = range(2**16)
"""What gRPC listens on; its Python form wraps any other number instead of refusing it."""
HEALTH_NAMES: Final = ("", "ModelService", "PredictionService")


@dataclass(frozen=True)
class GrpcOptions:
    """Where and how to listen; 0 and the empty path mean not there."""

    port: int
    socket_path: str
    max_threads: int
    channel_arguments: str
    tls: Any | None
    health: bool
    as_content: bool


def _answer(context: grpc.ServicerContext, work: Callable[[], Any]) -> Any:
    try:
        return work()
    except StatusError as error:
        code = next(code for code in grpc.StatusCode if code.value[0] == error.code)
        return context.abort(code, error.message[:LONGEST_ERROR])


class PredictionService(prediction_service_grpc.PredictionServiceServicer):  # type: ignore[misc]
    """All of it but PredictStreamed, which answers UNIMPLEMENTED."""

    def __init__(self, service: Service, *, as_content: bool) -> None:
        self._service = service
        self._as_content = as_content

    def Predict(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Run a signature."""
        return _answer(context, lambda: self._predict(request, context))

    def Classify(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Run a classification."""
        return self._measured(request, context, "Classify", self._service.classify)

    def Regress(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Run a regression."""
        return self._measured(request, context, "Regress", self._service.regress)

    def MultiInference(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Run several of both at once."""
        return _answer(context, lambda: self._service.multi_inference(request, _timeout_ms(context)))

    def GetModelMetadata(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Tell the signatures."""
        return _answer(context, lambda: self._service.metadata(request))

    def _measured(self, request: Any, context: grpc.ServicerContext, api: str, work: Callable[[Any, int], Any]) -> Any:
        def measured() -> Any:
            with self._service.measured(lambda: request.model_spec.name, api, "GRPC"):
                return work(request, _timeout_ms(context))

        return _answer(context, measured)

    def _predict(self, request: Any, context: grpc.ServicerContext) -> Any:
        spec = request.model_spec
        with self._service.measured(lambda: spec.name, "Predict", "GRPC"), self._service.borrow(spec) as lent:
            version, model = lent
            inputs = {alias: from_proto(tensor) for alias, tensor in request.inputs.items()}
            outputs = self._service.predict(model, spec, inputs, request.output_filter, _timeout_ms(context))
            response = predict_pb2.PredictResponse()
            response.model_spec.CopyFrom(answering(spec, version))
            for alias, tensor in outputs.items():
                response.outputs[alias].CopyFrom(to_proto(tensor, as_content=self._as_content))
            return response


def _timeout_ms(context: grpc.ServicerContext) -> int:
    remaining = context.time_remaining()
    return 0 if remaining is None else max(1, min(int(remaining * 1000), LONGEST_MESSAGE))


class ModelService(model_service_grpc.ModelServiceServicer):  # type: ignore[misc]
    """GetModelStatus and HandleReloadConfigRequest."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def GetModelStatus(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Tell the states of a model's versions."""
        return _answer(context, lambda: self._service.status(request))

    def HandleReloadConfigRequest(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Apply a new model config list."""
        return _answer(context, lambda: self._reload(request))

    def _reload(self, request: Any) -> Any:
        try:
            self._service.reload(request)
        except StatusError as error:
            log.error("ReloadConfig failed: %s", error.message)
            raise
        response = model_management_pb2.ReloadConfigResponse()
        response.status.error_code = int(Code.OK)
        return response


def _health_handler() -> Any:
    def check(request: Any, context: grpc.ServicerContext) -> Any:
        if request.service not in HEALTH_NAMES:
            context.abort(grpc.StatusCode.NOT_FOUND, "")
        # Set once at the start and never changed: it says nothing about models.
        return HealthCheckResponse(status=SERVING)

    method = grpc.unary_unary_rpc_method_handler(
        check,
        request_deserializer=HealthCheckRequest.FromString,
        response_serializer=lambda response: response.SerializeToString(),
    )
    return grpc.method_handlers_generic_handler("grpc.health.v1.Health", {"Check": method})


def channel_options(arguments: str) -> list[tuple[str, int | str]]:
    """Read --grpc_channel_arguments, `key=value` separated by commas; what is an int32 is passed as such.

    Raises CrashError for an item without `=`: the real server reads beyond the item's parts (seen on 2.20.0).
    """
    options: list[tuple[str, int | str]] = []
    for item in arguments.split(",") if arguments else ():
        if "=" not in item:
            raise CrashError(f"--grpc_channel_arguments has the item {item!r} without a value")
        key, value = item.split("=")[:2]
        options.append((key, int(value) if _is_int32(value) else value))
    return options


def _is_int32(text: str) -> bool:
    return bool(INTEGER.fullmatch(text)) and int(text) in INTEGERS[Kind.INT32]


def _credentials(tls: Any) -> grpc.ServerCredentials:
    pair = (tls.server_key.encode(), tls.server_cert.encode())
    roots = tls.custom_ca.encode() or None
    return grpc.ssl_server_credentials([pair], root_certificates=roots, require_client_auth=tls.client_verify)


def start_grpc(service: Service, options: GrpcOptions) -> grpc.Server:
    """Listen; raises RuntimeError if the port cannot be had."""
    if options.port not in PORTS:
        raise RuntimeError(f"Failed to BuildAndStart gRPC server: there is no port {options.port}")
    server = grpc.server(
        ThreadPoolExecutor(options.max_threads, thread_name_prefix="grpc"),
        options=[
            ("grpc.max_receive_message_length", LONGEST_MESSAGE),
            ("grpc.max_send_message_length", LONGEST_MESSAGE),
            ("grpc.so_reuseport", 0),
            *channel_options(options.channel_arguments),
        ],
        maximum_concurrent_rpcs=options.max_threads,
    )
    prediction_service_grpc.add_PredictionServiceServicer_to_server(
        PredictionService(service, as_content=options.as_content), server
    )
    model_service_grpc.add_ModelServiceServicer_to_server(ModelService(service), server)
    if options.health:
        server.add_generic_rpc_handlers((_health_handler(),))
    for address in _addresses(options):
        if options.tls is None:
            server.add_insecure_port(address)
        else:
            server.add_secure_port(address, _credentials(options.tls))
        log.info("Running gRPC ModelServer at %s ...", address)
    server.start()
    return server


def _addresses(options: GrpcOptions) -> list[str]:
    socket = [f"unix:{options.socket_path}"] if options.socket_path else []
    return [f"0.0.0.0:{options.port}", *socket] if options.port else socket
