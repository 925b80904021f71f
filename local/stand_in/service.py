"""The operations behind both APIs, with the metrics the real server keeps of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from . import metrics
from .clock import Stopwatch
from .config import ConfigKind, from_message
from .core import ServerCore
from .inference import classify, multi_inference, regress, serialized_examples
from .metrics import Metrics
from .official import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    inference_pb2,
    model_pb2,
    regression_pb2,
)
from .predict import DEFAULT_SIGNATURE, Model, predict
from .states import Event
from .status import Code, StatusError, invalid
from .tensors import Tensor


class ModelSpec(Protocol):
    """The official ModelSpec message."""

    name: str
    signature_name: str
    version: Any
    version_label: str

    def WhichOneof(self, oneof: str) -> str | None:
        """The field of the oneof that is set."""


@dataclass(frozen=True)
class Service:
    """What the gRPC and the REST side share."""

    core: ServerCore[Model]
    metrics: Metrics

    @contextmanager
    def borrow(self, spec: ModelSpec) -> Iterator[tuple[int, Model]]:
        """Lend the version a ModelSpec asks for."""
        choice = spec.WhichOneof("version_choice")
        version = spec.version.value if choice == "version" else None
        label = spec.version_label if choice == "version_label" else None
        with self.core.borrow(spec.name, version, label) as lent:
            yield lent

    def predict(
        self,
        model: Model,
        spec: ModelSpec,
        inputs: Mapping[str, Tensor],
        wanted: Sequence[str] = (),
        timeout_ms: int = 0,
    ) -> dict[str, Tensor]:
        """Run a signature of a model that was lent; both APIs show in the time it takes (seen on 2.20.0)."""
        with self._running(spec.name, "Predict"):
            return predict(model, spec.signature_name, inputs, wanted, timeout_ms)

    def classify(self, request: Any, timeout_ms: int) -> Any:
        """Answer Classify."""
        response = classification_pb2.ClassificationResponse()
        spec = _demand_spec(request)
        with self.borrow(spec) as (version, model):
            examples = self._examples(spec.name, request.input)
            with self._running(spec.name, "Classify"):
                response.result.CopyFrom(classify(model, spec.signature_name, examples, timeout_ms))
        response.model_spec.CopyFrom(answering(spec, version))
        return response

    def regress(self, request: Any, timeout_ms: int) -> Any:
        """Answer Regress."""
        response = regression_pb2.RegressionResponse()
        spec = _demand_spec(request)
        with self.borrow(spec) as (version, model):
            examples = self._examples(spec.name, request.input)
            with self._running(spec.name, "Regress"):
                response.result.CopyFrom(regress(model, spec.signature_name, examples, timeout_ms))
        response.model_spec.CopyFrom(answering(spec, version))
        return response

    def multi_inference(self, request: Any, timeout_ms: int) -> Any:
        """Answer MultiInference; the first task says which version, and nothing is counted as a request."""
        response = inference_pb2.MultiInferenceResponse()
        first = request.tasks[0].model_spec if request.tasks else model_pb2.ModelSpec()
        with self.borrow(first) as (version, model):
            examples = self._examples(first.name, request.input)
            with self._running(first.name, "MultiInference"):
                results = multi_inference(model, request.tasks, examples, timeout_ms)
        for task, result in zip(request.tasks, results, strict=True):
            result.model_spec.CopyFrom(answering(task.model_spec, version))
            response.results.append(result)
        return response

    def _examples(self, model_name: str, message: Any) -> Tensor:
        examples = serialized_examples(message)
        self.metrics.observe(metrics.EXAMPLE_COUNTS, len(examples.array), model=model_name)
        self.metrics.add(metrics.EXAMPLES, len(examples.array), model=model_name)
        return examples

    @contextmanager
    def _running(self, model_name: str, api: str) -> Iterator[None]:
        watch = Stopwatch()
        yield
        micros = watch.microseconds()
        self.metrics.observe(metrics.RUNTIME_LATENCY, micros, model_name=model_name, API=api, runtime="TF1")
        self.metrics.count(metrics.GRAPH_RUNS)
        self.metrics.add(metrics.GRAPH_RUN_TIME, micros)

    def status(self, request: Any) -> Any:
        """Answer GetModelStatus; a version label in the request is ignored, even one nobody knows."""
        spec = _demand_spec(request)
        version = spec.version.value if spec.HasField("version") else None
        response = get_model_status_pb2.GetModelStatusResponse()
        for event in self.core.versions(spec.name, version).values():
            _add_version(response, event)
        return response

    def metadata(self, request: Any) -> Any:
        """Answer GetModelMetadata, which knows one field: signature_def."""
        spec = _demand_spec(request)
        if not request.metadata_field:
            raise invalid("GetModelMetadataRequest must specify at least one metadata_field")
        for name in request.metadata_field:
            if name != "signature_def":
                raise invalid(f"Metadata field {name} is not supported")
        response = get_model_metadata_pb2.GetModelMetadataResponse()
        signatures = get_model_metadata_pb2.SignatureDefMap()
        with self.borrow(spec) as (version, model):
            for name, signature in model.signatures.items():
                signatures.signature_def[name].CopyFrom(signature)
        response.model_spec.name = spec.name
        response.model_spec.version.value = version
        response.metadata["signature_def"].Pack(signatures)
        return response

    def reload(self, request: Any) -> None:
        """Carry out HandleReloadConfigRequest; returns when new models are AVAILABLE or END."""
        config = from_message(request.config)
        if config.kind is not ConfigKind.MODELS:
            raise invalid(
                "ServerModelConfig type not supported by HandleReloadConfigRequest. Only ModelConfigList is "
                "currently supported"
            )
        self.core.reload(config)

    @contextmanager
    def measured(self, model: Callable[[], str], api: str, entrypoint: str) -> Iterator[None]:
        """Count a request under its status, and time it if it succeeds, as the real server does."""
        watch = Stopwatch()
        try:
            yield
        except StatusError as error:
            self.metrics.count(metrics.REQUESTS, model_name=model(), status=error.code.name)
            raise
        self.metrics.count(metrics.REQUESTS, model_name=model(), status=Code.OK.name)
        self.metrics.observe(
            metrics.REQUEST_LATENCY,
            watch.microseconds(),
            model_name=model(),
            API=api,
            entrypoint=entrypoint,
        )


def _demand_spec(request: Any) -> Any:
    if not request.HasField("model_spec"):
        raise invalid("Missing ModelSpec")
    return request.model_spec


def answering(spec: ModelSpec, version: int) -> Any:
    """The ModelSpec of an answer: which version and which signature it came from."""
    answer = model_pb2.ModelSpec(name=spec.name, signature_name=spec.signature_name or DEFAULT_SIGNATURE)
    answer.version.value = version
    return answer


def _add_version(response: Any, event: Event) -> None:
    entry = response.model_version_status.add(version=event.version, state=int(event.state))
    entry.status.error_code = int(event.error.code) if event.error else int(Code.OK)
    entry.status.error_message = event.error.message if event.error else ""
