"""Asking the server over gRPC; its REST answers would count as requests in its own metrics."""

from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import grpc

from tfserving.agent.channel import SECONDS, open_channel
from tfserving.agent.rest import rest_api_answers
from tfserving.agent.rollout import ServerState, Version
from tfserving.protos.server_config_pb2 import ModelServerConfig
from tfserving.protos.serving_api_pb2 import (
    GetModelMetadataRequest,
    GetModelMetadataResponse,
    GetModelStatusRequest,
    GetModelStatusResponse,
    ModelSpec,
    ModelVersionStatus,
    ReloadConfigRequest,
    ReloadConfigResponse,
)

STATUS: Final = "/tensorflow.serving.ModelService/GetModelStatus"
RELOAD: Final = "/tensorflow.serving.ModelService/HandleReloadConfigRequest"
METADATA: Final = "/tensorflow.serving.PredictionService/GetModelMetadata"
# The server answers once new models have loaded, or failed to.
_RELOAD_SECONDS: Final = 3600.0
_SILENT: Final = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED})


class Server:
    """The model server of this machine."""

    def __init__(self, address: str, rest: str = "", tls: Path | None = None) -> None:
        """Take the address of gRPC, that of REST if it is open, and the folder of the files for TLS if gRPC has it."""
        self.address = address
        self._rest = rest
        self._tls = tls
        self._reloading: Any = None

    @cached_property
    def _channel(self) -> grpc.Channel:
        # Opened with the first question: on a machine whose boot got no certificates there is nobody to ask.
        return open_channel(self.address, self._tls)

    @cached_property
    def _status(self) -> "Callable[..., GetModelStatusResponse]":
        return self._channel.unary_unary(
            STATUS,
            request_serializer=GetModelStatusRequest.SerializeToString,
            response_deserializer=GetModelStatusResponse.FromString,
        )

    @cached_property
    def _metadata(self) -> "Callable[..., GetModelMetadataResponse]":
        return self._channel.unary_unary(
            METADATA,
            request_serializer=GetModelMetadataRequest.SerializeToString,
            response_deserializer=GetModelMetadataResponse.FromString,
        )

    @cached_property
    def _reload(self) -> Any:
        return self._channel.unary_unary(
            RELOAD,
            request_serializer=ReloadConfigRequest.SerializeToString,
            response_deserializer=ReloadConfigResponse.FromString,
        )

    def reload(self, config: ModelServerConfig) -> None:
        """Have the server take this config now, and not wait for it.

        It is what the file says, which the server reads within a second anyway; this saves that second.
        """
        self._reloading = self._reload.future(ReloadConfigRequest(config=config), timeout=_RELOAD_SECONDS)

    def observe(self, models: Collection[str], labels: Collection[tuple[str, str]]) -> ServerState:
        """Give the states of these models' versions, and where these labels lead; silence is a state, too."""
        states: dict[Version, str] = {}
        errors: dict[Version, str] = {}
        try:
            for model in models:
                for status in self._versions(model):
                    key = (model, status.version)
                    states[key] = ModelVersionStatus.State.Name(status.state)
                    if status.status.error_code:
                        errors[key] = status.status.error_message or f"error code {status.status.error_code}"
            rest_answers = not self._rest or rest_api_answers(self._rest)
            return ServerState(True, states, errors, self._labels(labels), rest_answers, self._refusal())
        except grpc.RpcError as error:
            if _code(error) in _SILENT:
                return ServerState()
            raise

    def _refusal(self) -> str:
        """Give the server's words if it refused the last config whole; a model that fails to load has its own."""
        if self._reloading is None or not self._reloading.done():
            return ""
        error = self._reloading.exception()
        if error is not None:
            return "" if _code(error) in _SILENT else str(error.details())
        status = self._reloading.result().status
        return status.error_message if status.error_code else ""

    def _versions(self, model: str) -> list[ModelVersionStatus]:
        try:
            request = GetModelStatusRequest(model_spec=ModelSpec(name=model))
            answer = self._status(request, timeout=SECONDS)
        except grpc.RpcError as error:
            if _code(error) == grpc.StatusCode.NOT_FOUND:
                return []
            raise
        return list(answer.model_version_status)

    def _labels(self, labels: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
        found = {label: self._version_of(*label) for label in labels}
        return {label: version for label, version in found.items() if version is not None}

    def _version_of(self, model: str, label: str) -> int | None:
        # The status call ignores labels, even those that do not exist.
        request = GetModelMetadataRequest(
            model_spec=ModelSpec(name=model, version_label=label),
            metadata_field=["signature_def"],
        )
        try:
            answer = self._metadata(request, timeout=SECONDS)
        except grpc.RpcError as error:
            if _code(error) in _SILENT:
                raise
            return None
        return int(answer.model_spec.version.value)


def _code(error: grpc.RpcError) -> Any:
    return error.code() if isinstance(error, grpc.Call) else None
