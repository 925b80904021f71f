"""Signatures of models as the clients need them: types and shapes by name, asked for once and kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from google.protobuf import json_format

from tfserving.client.choice import Choice
from tfserving.client.element_types import BY_NUMBER, ElementType, type_name
from tfserving.client.errors import AnswerError, InputsError, PredictionError
from tfserving.errors import Problem
from tfserving.protos.serving_api_pb2 import SignatureDef, SignatureDefMap, TensorInfo, TensorProto

Answer = TypeVar("Answer")
DEFAULT_SIGNATURE: Final = "serving_default"
REFERENCES: Final = 100
"""What a DataType's number is raised by for a reference to a tensor of that type."""
STALE: Final = frozenset({"INVALID_ARGUMENT", "FAILED_PRECONDITION"})


@dataclass(frozen=True)
class TensorSpec:
    """An input or output: its DataType, and its shape with -1 for sizes that are open, None where the rank is."""

    name: str
    number: int
    shape: tuple[int, ...] | None

    @property
    def element(self) -> ElementType | None:
        """The type of its elements, None for types that no array holds."""
        return BY_NUMBER.get(self.number)

    def __str__(self) -> str:
        return f"{self.name}: {self.element.name if self.element else type_name(self.number)} {shape_text(self.shape)}"


@dataclass(frozen=True)
class Signature:
    """What a signature takes and gives, and the values of inputs that may be left out."""

    name: str
    inputs: Mapping[str, TensorSpec]
    outputs: Mapping[str, TensorSpec]
    defaults: Mapping[str, TensorProto]


def shape_text(shape: tuple[int, ...] | None) -> str:
    """Show a shape as `[?, 28, 28]`."""
    return "of any shape" if shape is None else f"[{', '.join('?' if size < 0 else str(size) for size in shape)}]"


def read_signature(choice: Choice, name: str, signatures: Mapping[str, SignatureDef]) -> Signature:
    """Give one of a model's signatures, no name being the default's.

    Raises InputsError with the names there are if it has none of this name.
    """
    name = name or DEFAULT_SIGNATURE
    if name not in signatures:
        names = ", ".join(sorted(signatures)) or "none"
        raise InputsError([Problem(choice.name, f"The model has no signature {name!r}. It has {names}.")])
    found = signatures[name]
    return Signature(name, _specs(found.inputs), _specs(found.outputs), dict(found.defaults))


def signatures_from_json(choice: Choice, document: Mapping[str, Any]) -> dict[str, SignatureDef]:
    """Read the signatures in a REST answer; raises AnswerError for an answer of another form."""
    try:
        told = document["metadata"]["signature_def"]
        found = json_format.ParseDict(told, SignatureDefMap(), ignore_unknown_fields=True)
    except (KeyError, TypeError, AttributeError, json_format.ParseError) as error:
        raise AnswerError(choice.name, f"the answer tells no signatures: {str(document)[:200]!r}.") from error
    return dict(found.signature_def)


class KeptSignatures:
    """Signatures by model, version or label, and name: asked for when first needed.

    A label may move, and the largest version grow, so what is kept may be old: when inputs or an answer do not fit it,
    or the server refuses them, the signature is asked for anew, once, and the question is put again if it has changed.
    """

    def __init__(self, fetch: Callable[[Choice, str, float], Signature]) -> None:
        self._fetch = fetch
        self._kept: dict[tuple[Choice, str], Signature] = {}

    def ask(self, choice: Choice, name: str, until: float, question: Callable[[Signature], Answer]) -> Answer:
        """Put a question that depends on a signature."""
        kept = self._kept.get((choice, name))
        if kept is None:
            return question(self._renewed(choice, name, until))
        try:
            return question(kept)
        except (InputsError, PredictionError) as error:
            if not _may_be_stale(error):
                raise
            fresh = self._renewed(choice, name, until)
            if fresh == kept:
                raise
        return question(fresh)

    def _renewed(self, choice: Choice, name: str, until: float) -> Signature:
        self._kept.pop((choice, name), None)
        fresh = self._kept[choice, name] = self._fetch(choice, name, until)
        return fresh


def _may_be_stale(error: InputsError | PredictionError) -> bool:
    return isinstance(error, InputsError | AnswerError) or error.code in STALE


def _specs(infos: Mapping[str, TensorInfo]) -> dict[str, TensorSpec]:
    return {name: TensorSpec(name, info.dtype % REFERENCES, _shape(info)) for name, info in infos.items()}


def _shape(info: TensorInfo) -> tuple[int, ...] | None:
    if not info.HasField("tensor_shape") or info.tensor_shape.unknown_rank:
        return None
    return tuple(dim.size for dim in info.tensor_shape.dim)
