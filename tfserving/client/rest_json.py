"""Arrays as the JSON of a request, and the JSON of an answer."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from tfserving.client.choice import Choice
from tfserving.client.element_types import Array, ElementType
from tfserving.client.errors import AnswerError, InputsError
from tfserving.client.inputs import checked_input
from tfserving.client.leaves import to_base64
from tfserving.client.signatures import Signature
from tfserving.client.small_floats import decode_bits
from tfserving.client.tensors import decode
from tfserving.errors import Problem

LONGEST_LINE: Final = 200


def request_body(choice: Choice, signature: Signature, arrays: Mapping[str, Array]) -> bytes:
    """Write a request in columns; NaN and Infinity are bare words, which the server reads.

    Inputs left out are sent as their defaults: over REST the server wants every input named. Raises InputsError for
    arrays that JSON cannot write.
    """
    filled = {**_defaults(signature, arrays), **arrays}
    problems = [problem for name, array in filled.items() for problem in _unwritable(name, array)]
    if problems:
        raise InputsError(problems)
    columns = {name: _values(signature.inputs[name].element, array) for name, array in filled.items()}
    return json.dumps({"signature_name": signature.name, "inputs": columns}).encode()


def read_answer(choice: Choice, body: bytes) -> dict[str, Any]:
    """Read an answer as a JSON object, integers of any size exactly.

    Raises AnswerError, with the first line of what came, for anything else.
    """
    try:
        answer = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise AnswerError(choice.name, f"the answer is not JSON: {first_line(body)}") from error
    if not isinstance(answer, dict):
        raise AnswerError(choice.name, f"the answer is no JSON object: {first_line(body)}")
    return answer


def first_line(body: bytes) -> str:
    """Show the first line of an answer that has anything in it."""
    lines = (line.strip() for line in body.decode(errors="replace").splitlines())
    line = next(filter(None, lines), "")
    return f"{line[:LONGEST_LINE]!r}." if line else "it is empty."


def _defaults(signature: Signature, arrays: Mapping[str, Array]) -> dict[str, Array]:
    left_out = [name for name in signature.defaults if name in signature.inputs and name not in arrays]
    return {name: checked_input(signature.inputs[name], decode(signature.defaults[name])) for name in left_out}


def _unwritable(name: str, array: Array) -> Iterator[Problem]:
    if array.dtype.kind == "c":
        yield Problem(f"The input {name!r}", f"JSON has no numbers of {array.dtype}. Call the model over gRPC.")
    # Nested lists end at the first empty one: whatever follows in the shape is lost.
    if 0 in array.shape[:-1]:
        yield Problem(
            f"The input {name!r}", f"JSON cannot write the empty shape {list(array.shape)}. Call the model over gRPC."
        )


def _values(element: ElementType | None, array: Array) -> Any:
    if element is not None and element.small is not None:
        return decode_bits(element.small, array).tolist()
    if array.dtype.kind != "O":
        return array.tolist()
    encoded = np.empty(array.shape, dtype=object)
    for index, value in np.ndenumerate(array):
        encoded[index] = to_base64(value) if isinstance(value, bytes) else value
    return encoded.tolist()
