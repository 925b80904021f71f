"""What a SavedModel can be asked: its signatures, with the types and shapes of their tensors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tfserving.protos import saved_model_pb2 as pb

# TensorFlow's own, for its loader; no request can name them.
_INTERNAL: Final = frozenset({"__saved_model_init_op", "__saved_model_train_op"})

Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class Tensor:
    """A signature's input or output: its DataType's name, such as DT_FLOAT, and its shape.

    None in a shape is a dimension of any size, and None for a shape is any rank.
    """

    dtype: str
    shape: Shape | None


@dataclass(frozen=True)
class Signature:
    """A signature's tensors by name, its method, and the inputs that a request may leave out."""

    inputs: Mapping[str, Tensor]
    outputs: Mapping[str, Tensor]
    method: str = ""
    optional: frozenset[str] = field(default_factory=frozenset)


def signatures_of(graph: pb.MetaGraphDef) -> dict[str, Signature]:
    """Give a graph's callable signatures by name."""
    return {
        name: _signature(graph.signature_def[name]) for name in sorted(graph.signature_def) if name not in _INTERNAL
    }


def dtype_name(number: int) -> str:
    """Give a DataType's name, or its number if it is newer than this project."""
    known = pb.DataType.DESCRIPTOR.values_by_number.get(number)
    return known.name if known else str(number)


def _signature(message: pb.SignatureDef) -> Signature:
    return Signature(
        inputs={name: _tensor(message.inputs[name]) for name in sorted(message.inputs)},
        outputs={name: _tensor(message.outputs[name]) for name in sorted(message.outputs)},
        method=message.method_name,
        optional=frozenset(message.defaults),
    )


def _tensor(info: pb.TensorInfo) -> Tensor:
    return Tensor(dtype_name(info.dtype), _shape(info))


def _shape(info: pb.TensorInfo) -> Shape | None:
    if not info.HasField("tensor_shape") or info.tensor_shape.unknown_rank:
        return None
    return tuple(dim.size if dim.size >= 0 else None for dim in info.tensor_shape.dim)
