"""Predictions over gRPC."""

from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Final, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message
from google.protobuf.wrappers_pb2 import Int64Value

from tfserving.client.choice import Choice, chosen, deadline, left
from tfserving.client.element_types import Array
from tfserving.client.errors import AnswerError, PredictionError
from tfserving.client.inputs import checked_inputs, given_text
from tfserving.client.outputs import checked_filter
from tfserving.client.refusals import explained, unknown_version
from tfserving.client.signatures import KeptSignatures, Signature, read_signature
from tfserving.client.targets import checked_target
from tfserving.client.tensors import decode, write
from tfserving.client.tls import Tls
from tfserving.errors import TfServingError
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
    """A channel to one server, `host:port`, in the clear unless `tls` is given; close it, or use it as a context.

    Raises TfServingError for a target that is none.
    """

    def __init__(self, target: str, *, tls: Tls | None = None) -> None:
        options = [(f"grpc.max_{way}_message_length", MOST_BYTES) for way in ("receive", "send")]
        address = checked_target(target)
        self._channel = tls.channel(address, options) if tls else grpc.insecure_channel(address, options=options)
        self._predict = self._call("PredictionService/Predict", PredictResponse)
        self._metadata = self._call("PredictionService/GetModelMetadata", GetModelMetadataResponse)
        self._status = self._call("ModelService/GetModelStatus", GetModelStatusResponse)
        self._kept = KeptSignatures(self._signature)

    def predict(
        self,
        model: str,
        inputs: Mapping[str, object],
        *,
        version: int | None = None,
        label: str | None = None,
        signature: str = "serving_default",
        outputs: Sequence[str] = (),
        timeout: float = 5.0,
    ) -> dict[str, Array]:
        """Predict with a model: arrays by input name in, arrays by output name out; `timeout` is in seconds.

        Inputs become what the signature takes: lists, arrays, bytes, or {"b64": ...} objects for bytes. The signature
        is asked for with the first prediction and kept. Inputs it has default values for may be left out.
        Raises InputsError, with every problem, for inputs that would reach the model as other values or not at all;
        PredictionError if the server refuses or fails.
        """
        choice, until = chosen(model, version, label), deadline(timeout)

        def question(found: Signature) -> dict[str, Array]:
            arrays = checked_inputs(choice, found, inputs)
            names = checked_filter(choice, found, outputs)
            return self._answered(choice, found, arrays, names, until)

        return self._kept.ask(choice, signature, until, question)

    def status(self, model: str, *, timeout: float = 5.0) -> dict[int, str]:
        """Give the state of each version of a model the server knows, such as `AVAILABLE`."""
        choice = chosen(model)
        request = GetModelStatusRequest(model_spec=_spec(choice))
        answer = _ask(self._status, request, choice, deadline(timeout))
        return {status.version: _state(status.state) for status in answer.model_version_status}

    def signatures(
        self,
        model: str,
        *,
        version: int | None = None,
        label: str | None = None,
        timeout: float = 5.0,
    ) -> dict[str, SignatureDef]:
        """Give the signatures of a model by name."""
        return self._signatures(chosen(model, version, label), deadline(timeout))

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()

    def __enter__(self) -> "GrpcClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _answered(
        self, choice: Choice, signature: Signature, arrays: Mapping[str, Array], names: Sequence[str], until: float
    ) -> dict[str, Array]:
        request = PredictRequest(model_spec=_spec(choice, signature.name), output_filter=names)
        for name, array in arrays.items():
            element = signature.inputs[name].element
            assert element is not None, "inputs without an element type are refused before"
            write(array, element, request.inputs[name])
        with explained(choice, lambda: given_text(arrays, signature)):
            answer = _ask(self._predict, request, choice, until)
        try:
            return {name: decode(tensor) for name, tensor in answer.outputs.items()}
        except TfServingError as error:
            raise AnswerError(choice.name, str(error), "") from error

    def _signature(self, choice: Choice, name: str, until: float) -> Signature:
        return read_signature(choice, name, self._signatures(choice, until))

    def _signatures(self, choice: Choice, until: float) -> dict[str, SignatureDef]:
        request = GetModelMetadataRequest(model_spec=_spec(choice), metadata_field=["signature_def"])
        with unknown_version(choice, lambda: self.status(choice.model, timeout=left(until))):
            answer = _ask(self._metadata, request, choice, until)
        try:
            # The type's name in the Any is the official one; the bytes are the same.
            signatures = SignatureDefMap.FromString(answer.metadata["signature_def"].value)
        except DecodeError as error:
            raise AnswerError(choice.name, "the answer tells no signatures.") from error
        return dict(signatures.signature_def)

    def _call(self, method: str, answer: type[Answer]) -> "Callable[..., Answer]":
        call: Callable[..., Answer] = self._channel.unary_unary(
            f"/tensorflow.serving.{method}",
            request_serializer=lambda request: request.SerializeToString(),
            response_deserializer=answer.FromString,
        )
        return call


def _spec(choice: Choice, signature: str = "") -> ModelSpec:
    version = Int64Value(value=choice.version) if choice.version is not None else None
    return ModelSpec(name=choice.model, version=version, version_label=choice.label, signature_name=signature)


def _state(number: Any) -> str:
    known = ModelVersionStatus.State.DESCRIPTOR.values_by_number.get(number)
    return known.name if known else str(number)


def _ask(call: "Callable[..., Answer]", request: Message, choice: Choice, until: float) -> Answer:
    try:
        return call(request, timeout=left(until))
    except grpc.RpcError as error:
        raise PredictionError(choice.name, *_said(error)) from None
    except ValueError as error:
        raise TfServingError(f"{choice.name}: {error}. Make a new client, or send less at once.") from error


def _said(error: Any) -> tuple[str, str]:
    return error.code().name, error.details() or ""
