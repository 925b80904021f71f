"""Bodies of classify and regress: tf.Examples as JSON in, results out."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np

from .json_numbers import INT64
from .json_tensors import from_base64, is_base64, shortened, to_bytes
from .json_text import shown, to_text
from .official import example_pb2, input_pb2
from .status import invalid

EXAMPLES: Final = "examples"
CONTEXT: Final = "context"
KINDS: Final = {"bytes_list": "bytes", "float_list": "float", "int64_list": "int64"}


def read_examples(document: Mapping[str, Any]) -> Any:
    """The Input message of a request; raises INVALID_ARGUMENT unless it has examples of features of one type each."""
    message = input_pb2.Input()
    context = _example(document[CONTEXT]) if CONTEXT in document else None
    if EXAMPLES not in document:
        raise invalid(
            f"JSON Value: {shown(document)} When method is classify, key '{EXAMPLES}' is expected and was not found"
        )
    rows = document[EXAMPLES]
    if not isinstance(rows, list):
        raise invalid(f"JSON Value: {shown(document)} Expecting '{EXAMPLES}' value to be an list/array")
    if not rows:
        raise invalid(f"JSON Value: {shown(document)} '{EXAMPLES}' value is an empty array")
    if context is None:
        message.example_list.examples.extend(map(_example, rows))
    else:
        message.example_list_with_context.context.CopyFrom(context)
        message.example_list_with_context.examples.extend(map(_example, rows))
    return message


def _example(value: Any) -> Any:
    if not isinstance(value, dict):
        raise invalid(f"Example must be JSON object but got JSON {_json_type(value)}")
    example = example_pb2.Example()
    for name, content in value.items():
        feature = example.features.feature[to_bytes(name).decode(errors="replace")]
        for item in content if isinstance(content, list) else [content]:
            _add_value(feature, name, item)
    return example


def _add_value(feature: Any, name: str, value: Any) -> None:
    kind, converted = _feature_value(name, value)
    if feature.WhichOneof("kind") not in (None, kind):
        expected = KINDS[feature.WhichOneof("kind")]
        raise invalid(f"Unexpected element type in feature: {name} expecting type: {expected}")
    getattr(feature, kind).value.append(converted)


def _feature_value(name: str, value: Any) -> tuple[str, Any]:
    if isinstance(value, bool | int):
        if value not in INT64:
            raise invalid(f"Feature: {name} has uint64 element. Only int64 is supported.")
        return "int64_list", int(value)
    if isinstance(value, float):
        return "float_list", value
    if isinstance(value, str):
        return "bytes_list", to_bytes(value)
    if is_base64(value):
        return "bytes_list", from_base64(value)
    raise invalid(f"Feature: {name} has element with unexpected JSON type: {_json_type(value)}")


def _json_type(value: Any) -> str:
    match value:
        case None:
            return "Null"
        case bool():
            return str(value)
        case dict():
            return "Object"
        case list():
            return "Array"
        case str():
            return "String"
    return "Number"


def write_classifications(result: Any) -> str:
    """Pairs of label and score, a list of them for each example."""
    rows = [
        [[each.label, score] for each, score in zip(row.classes, _floats(row.classes, "score"), strict=True)]
        for row in result.classifications
    ]
    return to_text({"results": rows})


def write_regressions(result: Any) -> str:
    """One number for each example."""
    return to_text({"results": _floats(result.regressions, "value")})


def _floats(messages: Iterable[Any], field: str) -> list[float]:
    values: list[float] = shortened(np.array([getattr(message, field) for message in messages], dtype=np.float32))
    return values
