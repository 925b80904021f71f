"""Predictions over gRPC."""

from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Final, TypeVar

import grpc
from google.protobuf.message import Message
from google.protobuf.wrappers_pb2 import Int64Value
from numpy.typing import ArrayLike

from tfserving.client.errors import PredictionError, model_name
from tfserving.client.tensors import Array, decode, encode
from tfserving.client.tls import Tls
from tfserving.protos.serving_api_pb2 import (
    GetModelMetadataRequest,
    GetModelMetadataResponse,
    GetModelStatusRequest,
    GetModelStatusResponse,
    ModelSpec,
    ModelVersionStatus,
    PredictRequest,
    PredictResponse,
    SignatureDef,
    SignatureDefMap,
)

Answer = TypeVar("Answer", bound=Message)
# gRPC's own limit for answers is 4 MiB, less than a batch of images (tensorflow/serving#1382).
MOST_BYTES: Final = (1 << 31) - 1


class GrpcClient:
    """A channel to one server, `host:port`, in the clear unless `tls` is given; close it, or use it as a context."""

    def __init__(self, target: str, *, tls: Tls | None = None) -> None:
        options = [(f"grpc.max_{way}_message_length", MOST_BYTES) for way in ("receive", "send")]
        self._channel = tls.channel(target, options) if tls else grpc.insecure_channel(target, options=options)
        self._predict = self._call("PredictionService/Predict", PredictResponse)
        self._metadata = self._call("PredictionService/GetModelMetadata", GetModelMetadataResponse)
        self._status = self._call("ModelService/GetModelStatus", GetModelStatusResponse)

    def predict(
        self,
        model: str,
        inputs: Mapping[str, ArrayLike],
        *,
        version: int | None = None,
        label: str | None = None,
        signature: str = "serving_default",
        outputs: Sequence[str] = (),
        timeout: float = 5.0,
    ) -> dict[str, Array]:
        """Predict with a model: arrays by input name in, arrays by output name out; `timeout` is in seconds.

        Raises PredictionError if the server refuses or fails.
        """
        request = PredictRequest(model_spec=_spec(model, version, label, signature), output_filter=outputs)
        for name, values in inputs.items():
            encode(values, request.inputs[name])
        answer = _ask(self._predict, request, model_name(model, version, label), timeout)
        return {name: decode(tensor) for name, tensor in answer.outputs.items()}

    def status(self, model: str, *, timeout: float = 5.0) -> dict[int, str]:
        """Give the state of each version of a model the server knows, such as `AVAILABLE`."""
        answer = _ask(self._status, GetModelStatusRequest(model_spec=ModelSpec(name=model)), model, timeout)
        return {status.version: ModelVersionStatus.State.Name(status.state) for status in answer.model_version_status}

    def signatures(
        self,
        model: str,
        *,
        version: int | None = None,
        label: str | None = None,
        timeout: float = 5.0,
    ) -> dict[str, SignatureDef]:
        """Give the signatures of a model by name."""
        request = GetModelMetadataRequest(model_spec=_spec(model, version, label), metadata_field=["signature_def"])
        answer = _ask(self._metadata, request, model_name(model, version, label), timeout)
        # The type's name in the Any is the official one; the bytes are the same.
        signatures = SignatureDefMap.FromString(answer.metadata["signature_def"].value)
        return dict(signatures.signature_def)

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()

    def __enter__(self) -> "GrpcClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _call(self, method: str, answer: type[Answer]) -> "Callable[..., Answer]":
        call: Callable[..., Answer] = self._channel.unary_unary(
            f"/tensorflow.serving.{method}",
            request_serializer=lambda request: request.SerializeToString(),
            response_deserializer=answer.FromString,
        )
        return call


def _spec(model: str, version: int | None, label: str | None, signature: str = "") -> ModelSpec:
    chosen = Int64Value(value=version) if version is not None else None
    return ModelSpec(name=model, version=chosen, version_label=label, signature_name=signature)


def _ask(call: "Callable[..., Answer]", request: Message, name: str, timeout: float) -> Answer:
    try:
        return call(request, timeout=timeout)
    except grpc.RpcError as error:
        raise PredictionError(name, *_said(error)) from None


def _said(error: Any) -> tuple[str, str]:
    return error.code().name, error.details() or ""
