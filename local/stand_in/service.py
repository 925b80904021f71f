"""The operations behind both APIs, with the metrics the real server keeps of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from . import metrics
from .clock import Stopwatch
from .config import ConfigKind, from_message
from .core import ServerCore
from .metrics import Metrics
from .official import get_model_metadata_pb2, get_model_status_pb2
from .predict import Model
from .states import Event
from .status import Code, StatusError, invalid


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

    def status(self, request: Any) -> Any:
        """Answer GetModelStatus; a version label in the request is ignored, even one nobody knows."""
        if not request.HasField("model_spec"):
            raise invalid("Missing ModelSpec")
        spec = request.model_spec
        version = spec.version.value if spec.HasField("version") else None
        response = get_model_status_pb2.GetModelStatusResponse()
        for event in self.core.versions(spec.name, version).values():
            _add_version(response, event)
        return response

    def metadata(self, request: Any) -> Any:
        """Answer GetModelMetadata, which knows one field: signature_def."""
        if not request.HasField("model_spec"):
            raise invalid("Missing ModelSpec")
        if not request.metadata_field:
            raise invalid("GetModelMetadataRequest must specify at least one metadata_field")
        for name in request.metadata_field:
            if name != "signature_def":
                raise invalid(f"Metadata field {name} is not supported")
        response = get_model_metadata_pb2.GetModelMetadataResponse()
        signatures = get_model_metadata_pb2.SignatureDefMap()
        with self.borrow(request.model_spec) as (version, model):
            for name, signature in model.signatures.items():
                signatures.signature_def[name].CopyFrom(signature)
        response.model_spec.name = request.model_spec.name
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


def _add_version(response: Any, event: Event) -> None:
    entry = response.model_version_status.add(version=event.version, state=int(event.state))
    entry.status.error_code = int(event.error.code) if event.error else int(Code.OK)
    entry.status.error_message = event.error.message if event.error else ""
