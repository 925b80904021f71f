"""A server's answer over REST as arrays, in the types its signature promises."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from tfserving.client.arrays import as_array, inferred
from tfserving.client.choice import Choice
from tfserving.client.element_types import STRING, Array, ElementType
from tfserving.client.errors import AnswerError, InputsError, RefusedValueError
from tfserving.client.signatures import Signature
from tfserving.client.small_floats import decode_bits
from tfserving.errors import Problem

CHANGED: Final = "Has the model's signature changed? Ask again."


def checked_filter(choice: Choice, signature: Signature, outputs: Sequence[str]) -> list[str]:
    """Give the names of outputs asked for, each once; raises InputsError for names the signature lacks."""
    names = [outputs] if isinstance(outputs, str) else list(outputs)
    unknown = [name for name in dict.fromkeys(names) if signature.outputs and name not in signature.outputs]
    if unknown:
        listed, has = " or ".join(map(repr, unknown)), ", ".join(sorted(signature.outputs))
        raise InputsError(
            [Problem(choice.name, f"The signature {signature.name!r} has no output {listed}. It has {has}.")]
        )
    return list(dict.fromkeys(names))


def outputs_from_json(choice: Choice, signature: Signature, outputs: Any) -> dict[str, Array]:
    """Give the arrays of an answer in columns by name; a single output comes without its name.

    Strings are bytes, as over gRPC. Raises AnswerError if the answer is not what the signature promises.
    """
    named = _named(signature, outputs)
    missing = sorted(set(signature.outputs) - set(named))
    if missing:
        raise AnswerError(choice.name, f"the answer lacks the output {missing[0]!r}.", CHANGED)
    return {name: _output(choice, signature, name, value) for name, value in named.items()}


def _named(signature: Signature, outputs: Any) -> dict[str, Any]:
    if len(signature.outputs) == 1:
        (name,) = signature.outputs
        return outputs if isinstance(outputs, dict) and list(outputs) == [name] else {name: outputs}
    return outputs if isinstance(outputs, dict) else {"output": outputs}


def _output(choice: Choice, signature: Signature, name: str, value: Any) -> Array:
    try:
        element = _element(signature, name) or inferred(value)
        return _plain(element, as_array(name, element, value, empty=True))
    except RefusedValueError as error:
        raise AnswerError(choice.name, f"the answer is not what the signature says: {error}", CHANGED) from error


def _element(signature: Signature, name: str) -> ElementType | None:
    return signature.outputs[name].element if name in signature.outputs else None


def _plain(element: ElementType, array: Array) -> Array:
    if element.small is not None:
        return decode_bits(element.small, array)
    if element is not STRING:
        return array
    encoded = np.empty(array.shape, dtype=object)
    encoded.reshape(-1)[:] = [text.encode() if isinstance(text, str) else text for text in array.ravel()]
    return encoded
