"""Signatures as JSON and back."""

from collections.abc import Mapping
from typing import Any

from tfserving.model_store import Signature, Tensor


def signatures_as_json(signatures: Mapping[str, Signature]) -> dict[str, Any]:
    """Give signatures as plain values; null in a shape is any size, null for a shape any rank."""
    return {
        name: {
            "method": signature.method,
            "inputs": {key: _tensor(tensor) for key, tensor in signature.inputs.items()},
            "outputs": {key: _tensor(tensor) for key, tensor in signature.outputs.items()},
            "optional": sorted(signature.optional),
        }
        for name, signature in signatures.items()
    }


def signatures_from_json(values: Mapping[str, Any]) -> dict[str, Signature]:
    """Read what `signatures_as_json` gave; raises KeyError, TypeError or AttributeError for anything else."""
    return {
        name: Signature(
            inputs={key: _read(tensor) for key, tensor in value["inputs"].items()},
            outputs={key: _read(tensor) for key, tensor in value["outputs"].items()},
            method=str(value["method"]),
            optional=frozenset(value["optional"]),
        )
        for name, value in values.items()
    }


def _tensor(tensor: Tensor) -> dict[str, Any]:
    return {"dtype": tensor.dtype, "shape": None if tensor.shape is None else list(tensor.shape)}


def _read(value: Mapping[str, Any]) -> Tensor:
    shape = value["shape"]
    return Tensor(str(value["dtype"]), None if shape is None else tuple(shape))
