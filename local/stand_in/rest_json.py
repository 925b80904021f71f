"""JSON bodies of the REST API: row and column form in, predictions or outputs out."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from .json_tensors import BOOL, FLOAT, FLOATS, INTEGERS, is_base64, shortened, to_tensor
from .json_text import parse, shown, to_text
from .predict import DEFAULT_SIGNATURE
from .status import StatusError, invalid, unimplemented
from .tensors import STRING, Tensor, type_name

BYTES_SUFFIX: Final = "_bytes"


@dataclass(frozen=True)
class JsonRequest:
    """A predict request as read from JSON; `rows` decides the form of the answer."""

    signature_name: str
    inputs: Mapping[str, Tensor]
    rows: bool


def parse_object(body: bytes) -> dict[str, Any]:
    """Raises INVALID_ARGUMENT for anything but a JSON object."""
    document = parse(body)
    if not isinstance(document, dict):
        raise invalid(f"JSON Value: {shown(document)} Is not object")
    return document


def signature_name(document: Mapping[str, Any]) -> str:
    """The signature asked for, empty for the default one."""
    name = document.get("signature_name", "")
    if not isinstance(name, str):
        raise invalid(
            f"JSON Value: {shown(document)} not formatted correctly. 'signature_name' key must be a string value."
        )
    return name


def read_request(document: Mapping[str, Any], signatures: Mapping[str, Any]) -> JsonRequest:
    """Turn a JSON object into tensors of the types the signature names."""
    name = signature_name(document)
    wanted = name or DEFAULT_SIGNATURE
    if wanted not in signatures:
        raise invalid(f'Serving signature name: "{wanted}" not found in signature def')
    infos = signatures[wanted].inputs
    if not infos:
        raise invalid(f"Failed to get input map for signature: {name or 'DEFAULT'}")
    match ("instances" in document, "inputs" in document):
        case (True, False):
            return JsonRequest(name, _from_rows(document["instances"], infos), rows=True)
        case (False, True):
            return JsonRequest(name, _from_columns(document["inputs"], infos), rows=False)
        case (True, True):
            raise invalid(
                f"JSON Value: {shown(document)} Not formatted correctly expecting only one of 'inputs' or 'instances' "
                "keys to exist "
            )
    raise invalid("Missing 'inputs' or 'instances' key")


def _from_rows(instances: Any, infos: Any) -> dict[str, Tensor]:
    if not isinstance(instances, list):
        raise invalid(f"JSON Value: {shown(instances)} Excepting 'instances' to be an list/array")
    if not instances:
        raise invalid("JSON Value: [] No values in 'instances' array")
    if not _is_named(instances[0]):
        if len(infos) > 1:
            raise invalid(
                "instances is a plain list, but expecting list of objects as multiple input tensors required as per "
                "tensorinfo_map"
            )
        (alias,) = infos
        return {alias: to_tensor(instances, infos[alias].dtype)}
    for position, instance in enumerate(instances):
        if not _is_named(instance):
            raise invalid(f"Expecting object but got list at item {position} of input list")
        if set(instance) != set(infos):
            raise invalid(
                f"Failed to process element: {position} of 'instances' list. JSON object: {shown(instance)} keys must "
                f"be equal to: {','.join(sorted(infos))}"
            )
    return {alias: to_tensor([instance[alias] for instance in instances], infos[alias].dtype) for alias in infos}


def _from_columns(inputs: Any, infos: Any) -> dict[str, Tensor]:
    if not _is_named(inputs):
        if len(infos) > 1:
            raise invalid(
                "inputs is a plain value/list, but expecting an object as multiple input tensors required as per "
                "tensorinfo_map"
            )
        (alias,) = infos
        return {alias: to_tensor(inputs, infos[alias].dtype)}
    for alias in infos:
        if alias not in inputs:
            raise invalid(f"Missing named input: {alias} in 'inputs' object.")
    return {alias: to_tensor(inputs[alias], infos[alias].dtype) for alias in infos}


def _is_named(value: Any) -> bool:
    return isinstance(value, dict) and not is_base64(value)


def write_response(outputs: Mapping[str, Tensor], *, rows: bool) -> str:
    """The answer in the form of the question; NaN and Infinity are bare tokens, which strict JSON does not allow."""
    values = {alias: to_json(alias, tensor) for alias, tensor in outputs.items()}
    if not rows:
        return to_text({"outputs": _only(values) if len(values) == 1 else values})
    size = _batch_size(outputs)
    if len(values) == 1:
        return to_text({"predictions": _only(values)})
    return to_text({"predictions": [{alias: values[alias][row] for alias in values} for row in range(size)]})


def as_read_from_fields(outputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What is left of outputs that were written as bytes: REST reads the fields of values, and finds none.

    With --enable_serialization_as_tensor_content every number in REST's answers is 0 (seen on 2.20.0).
    """
    empty = {alias: np.zeros_like(tensor.array) for alias, tensor in outputs.items() if tensor.dtype != STRING}
    return {
        alias: Tensor(tensor.dtype, empty[alias] if alias in empty else np.full_like(tensor.array, b""))
        for alias, tensor in outputs.items()
    }


def _only(values: Mapping[str, Any]) -> Any:
    return next(iter(values.values()))


def _batch_size(outputs: Mapping[str, Tensor]) -> int:
    size: int | None = None
    for alias, tensor in outputs.items():
        if not tensor.array.ndim:
            raise invalid(f"Tensor name: {alias} has no shape information ")
        if size is not None and tensor.array.shape[0] != size:
            raise invalid(
                f"Tensor name: {alias} has inconsistent batch size: {tensor.array.shape[0]} expecting: {size}"
            )
        size = int(tensor.array.shape[0])
    return size or 0


def to_json(alias: str, tensor: Tensor) -> Any:
    """Nested lists of a tensor's values; strings are base64 only if the alias ends in `_bytes`."""
    if tensor.dtype == STRING:
        return _string_to_json(tensor.array.tolist(), encoded=alias.endswith(BYTES_SUFFIX))
    if tensor.dtype == FLOAT:
        return shortened(tensor.array)
    if tensor.dtype in INTEGERS or tensor.dtype in FLOATS or tensor.dtype == BOOL:
        return tensor.array.tolist()
    raise unimplemented(f"Tensor name: {alias} has unsupported type: {type_name(tensor.dtype)} ")


def _string_to_json(value: Any, *, encoded: bool) -> Any:
    if isinstance(value, list):
        return [_string_to_json(item, encoded=encoded) for item in value]
    if encoded:
        return {"b64": base64.b64encode(value).decode()}
    return value.decode(errors="surrogateescape")


def write_error(error: StatusError) -> str:
    """The body of every failed request."""
    return json.dumps({"error": error.message}, ensure_ascii=False, indent=4)
