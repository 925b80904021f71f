"""Asking a server over gRPC."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from tfserving.agent.server import Server
from tfserving.protos.serving_api_pb2 import (
    GetModelMetadataRequest,
    GetModelMetadataResponse,
    GetModelStatusRequest,
    GetModelStatusResponse,
    ModelVersionStatus,
)

LABELS = {"live": 2}


class Handlers(grpc.GenericRpcHandler):  # type: ignore[type-arg]
    """Knows the model digits in two versions; another one is refused."""

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        if details.method.endswith("/GetModelStatus"):
            return grpc.unary_unary_rpc_method_handler(
                status, GetModelStatusRequest.FromString, GetModelStatusResponse.SerializeToString
            )
        return grpc.unary_unary_rpc_method_handler(
            metadata, GetModelMetadataRequest.FromString, GetModelMetadataResponse.SerializeToString
        )


def status(request: GetModelStatusRequest, context: grpc.ServicerContext) -> GetModelStatusResponse:
    if request.model_spec.name == "secret":
        context.abort(grpc.StatusCode.PERMISSION_DENIED, "not for you")
    if request.model_spec.name != "digits":
        context.abort(grpc.StatusCode.NOT_FOUND, "no such model")
    answer = GetModelStatusResponse()
    answer.model_version_status.add(version=2, state=ModelVersionStatus.AVAILABLE)
    broken = answer.model_version_status.add(version=3, state=ModelVersionStatus.END)
    broken.status.error_code = 5
    broken.status.error_message = "broken"
    return answer


def metadata(request: GetModelMetadataRequest, context: grpc.ServicerContext) -> GetModelMetadataResponse:
    if request.model_spec.version_label not in LABELS:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "unknown label")
    answer = GetModelMetadataResponse()
    answer.model_spec.version.value = LABELS[request.model_spec.version_label]
    return answer


@pytest.fixture
def server() -> Iterator[Server]:
    with ThreadPoolExecutor(2) as workers:
        listening = grpc.server(workers)
        listening.add_generic_rpc_handlers((Handlers(),))
        port = listening.add_insecure_port("127.0.0.1:0")
        listening.start()
        yield Server(f"127.0.0.1:{port}")
        listening.stop(0).wait()


def test_states_errors_and_labels_are_read(server: Server) -> None:
    state = server.observe(["digits"], [("digits", "live"), ("digits", "next")])
    assert state.answers
    assert state.states == {("digits", 2): "AVAILABLE", ("digits", 3): "END"}
    assert state.errors == {("digits", 3): "broken"}
    assert state.labels == {("digits", "live"): 2}


def test_a_model_the_server_does_not_know_yet_has_no_versions(server: Server) -> None:
    state = server.observe(["unheard_of"], [])
    assert (state.answers, state.states) == (True, {})


def test_a_refusal_is_not_taken_for_silence(server: Server) -> None:
    with pytest.raises(grpc.RpcError, match="not for you"):
        server.observe(["secret"], [])


def test_a_server_that_does_not_listen_is_silent() -> None:
    assert not Server("127.0.0.1:9").observe(["digits"], []).answers


def test_silence_over_rest_is_told_apart_from_silence_over_grpc(server: Server) -> None:
    assert server.observe(["digits"], []).rest_answers
    half = Server(server.address, rest="127.0.0.1:9").observe(["digits"], [])
    assert (half.answers, half.rest_answers) == (True, False)
