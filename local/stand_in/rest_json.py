"""JSON bodies of the REST API: row and column form in, predictions or outputs out."""

import base64
import binascii
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from .predict import DEFAULT_SIGNATURE
from .status import StatusError, invalid, unimplemented
from .tensors import ELEMENTS, STRING, Tensor, type_name

BYTES_SUFFIX: Final = "_bytes"
BOOL: Final = 10
FLOATS: Final[Mapping[int, int]] = {1: 24, 2: 53}
"""DataTypes of decimal numbers, with the bits of their significand."""
LARGEST_FLOAT: Final = float(np.finfo(np.float32).max)
INTEGERS: Final = frozenset({3, 4, 5, 6, 9, 17, 22, 23})


@dataclass(frozen=True)
class JsonRequest:
    """A predict request as read from JSON; `rows` decides the form of the answer."""

    signature_name: str
    inputs: Mapping[str, Tensor]
    rows: bool


def parse_object(body: bytes) -> dict[str, Any]:
    """Raises INVALID_ARGUMENT for anything but a JSON object; NaN and Infinity are accepted, as by the real server."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise invalid(f"JSON Parse error: {error}") from error
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
    return isinstance(value, dict) and not _is_base64(value)


def _is_base64(value: Any) -> bool:
    return isinstance(value, dict) and list(value) == ["b64"] and isinstance(value["b64"], str)


def to_tensor(value: Any, dtype: int) -> Tensor:
    """A dense tensor of nested lists; raises INVALID_ARGUMENT if they are ragged or hold other types."""
    shape = tuple(_shape(value))
    convert = _converter(dtype)
    flat = [convert(leaf) for leaf in _leaves(value, shape, level=0)]
    array = np.empty(len(flat), dtype=object) if dtype == STRING else np.empty(len(flat), ELEMENTS[dtype].storage)
    try:
        array[:] = flat
    except OverflowError as error:
        raise invalid(f"JSON Value is not of expected type: {type_name(dtype)} ({error})") from error
    return Tensor(dtype, array.reshape(shape))


def _shape(value: Any) -> Iterator[int]:
    while isinstance(value, list):
        yield len(value)
        value = value[0] if value else None


def _leaves(value: Any, shape: tuple[int, ...], level: int) -> Iterator[Any]:
    if not isinstance(value, list):
        if level != len(shape):
            raise invalid(f"JSON Value: {shown(value)} found at incorrect level: {level + 1} in the JSON DOM.")
        yield value
        return
    if level >= len(shape):
        raise invalid(f"Encountered list at unexpected level: {level} expected < {len(shape)}")
    if len(value) != shape[level]:
        raise invalid(f"Encountered list at unexpected size: {len(value)} at level: {level} expected: {shape[level]}")
    for item in value:
        yield from _leaves(item, shape, level + 1)


def _converter(dtype: int) -> Callable[[Any], Any]:
    if dtype == STRING:
        return _to_bytes
    if dtype == BOOL:
        return lambda value: _checked(value, bool, dtype)
    if dtype in INTEGERS:
        return lambda value: _checked(value, int, dtype)
    if dtype in FLOATS:
        return lambda value: _to_float(value, dtype)
    raise unimplemented(f"Conversion of JSON Value to type: {type_name(dtype)}")


def _checked(value: Any, wanted: type, dtype: int) -> Any:
    # The exact type: a bool is an int to Python, but not to JSON.
    if type(value) is not wanted:
        raise _refused(value, dtype)
    return value


def _to_bytes(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode(errors="surrogatepass")
    if not _is_base64(value):
        raise _refused(value, STRING)
    try:
        return base64.b64decode(value["b64"] + "=" * (-len(value["b64"]) % 4), validate=True)
    except binascii.Error as error:
        raise invalid("Unable to base64 decode") from error


def _to_float(value: Any, dtype: int) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refused(value, dtype)
    beyond = isinstance(value, int) and abs(value) >= 2 ** FLOATS[dtype]
    if beyond or (dtype == 1 and math.isfinite(value) and abs(value) > LARGEST_FLOAT):
        raise invalid(f"Cannot convert JSON value: {value} to {type_name(dtype)} without loss of precision.")
    return float(value)


def _refused(value: Any, dtype: int) -> StatusError:
    return invalid(f"JSON Value: {shown(value)} is not of expected type: {type_name(dtype)}")


def write_response(outputs: Mapping[str, Tensor], *, rows: bool) -> str:
    """The answer in the form of the question; NaN and Infinity are bare tokens, which strict JSON does not allow."""
    values = {alias: to_json(alias, tensor) for alias, tensor in outputs.items()}
    if not rows:
        return json.dumps({"outputs": _only(values) if len(values) == 1 else values})
    size = _batch_size(outputs)
    if len(values) == 1:
        return json.dumps({"predictions": _only(values)})
    return json.dumps({"predictions": [{alias: values[alias][row] for alias in values} for row in range(size)]})


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
    if tensor.dtype == 1:
        # Through text, so that 0.2 is not shown with the digits a double adds to it.
        return tensor.array.astype("U32").astype(np.float64).tolist()
    if tensor.dtype in INTEGERS or tensor.dtype in FLOATS or tensor.dtype == BOOL:
        return tensor.array.tolist()
    raise unimplemented(f"Tensor name: {alias} has unsupported type: {type_name(tensor.dtype)} ")


def _string_to_json(value: Any, *, encoded: bool) -> Any:
    if isinstance(value, list):
        return [_string_to_json(item, encoded=encoded) for item in value]
    if encoded:
        return {"b64": base64.b64encode(value).decode()}
    return value.decode(errors="surrogateescape")


def shown(value: Any) -> str:
    """A JSON value for an error message."""
    return json.dumps(value)


def write_error(error: StatusError) -> str:
    """The body of every failed request."""
    return json.dumps({"error": error.message})
