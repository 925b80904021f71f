"""A request's inputs against the signature that takes them: every mistake in every input, before anything is sent."""

from collections.abc import Iterator, Mapping
from typing import Final

from tfserving.client.arrays import as_array
from tfserving.client.choice import Choice
from tfserving.client.element_types import Array, type_name
from tfserving.client.errors import InputsError, RefusedValueError
from tfserving.client.signatures import Signature, TensorSpec, shape_text
from tfserving.errors import Problem

REST_BODY: Final = frozenset({"inputs", "instances", "signature_name"})


def checked_inputs(choice: Choice, signature: Signature, inputs: Mapping[str, object]) -> dict[str, Array]:
    """Give a request's inputs as arrays of the signature's types, see `as_array`.

    Raises InputsError with every problem: unknown names, missing inputs, values and shapes that do not fit.
    """
    if not isinstance(inputs, Mapping):
        unnamed = f"Inputs come by name, not as a {type(inputs).__name__}. The signature's are: {_listed(signature)}."
        raise InputsError([Problem(choice.name, unnamed)])
    problems = [*_unknown(choice, signature, inputs), *_missing(choice, signature, inputs)]
    arrays: dict[str, Array] = {}
    for name in (name for name in inputs if name in signature.inputs):
        try:
            arrays[name] = checked_input(signature.inputs[name], inputs[name])
        except RefusedValueError as error:
            problems.extend(_refused(signature.inputs[name], error))
    if problems:
        raise InputsError(problems)
    return arrays


def checked_input(spec: TensorSpec, value: object) -> Array:
    """Give one input as an array; raises RefusedValueError if type, values or shape do not fit."""
    if spec.element is None:
        raise RefusedValueError(["no client can send it. Export a signature without it."])
    array = as_array(spec.name, spec.element, value)
    if not _fits(spec.shape, array.shape):
        raise RefusedValueError([_shape_problem(spec, array)])
    return array


def given_text(arrays: Mapping[str, Array], signature: Signature) -> str:
    """Show the shapes a request had beside those of its signature."""
    pairs = [f"{signature.inputs[name]}, given {shape_text(array.shape)}" for name, array in sorted(arrays.items())]
    return f"The signature {signature.name!r} takes {'; '.join(pairs)}." if pairs else ""


def _unknown(choice: Choice, signature: Signature, inputs: Mapping[str, object]) -> Iterator[Problem]:
    unknown = sorted(set(map(str, inputs)) - set(signature.inputs))
    if not unknown:
        return
    listed = " or ".join(map(repr, unknown))
    body = REST_BODY.intersection(unknown)
    hint = " This looks like the body of a REST request: give its inputs alone, by name, one list each." if body else ""
    yield Problem(
        choice.name, f"The signature {signature.name!r} has no input {listed}. It has {_listed(signature)}.{hint}"
    )


def _missing(choice: Choice, signature: Signature, inputs: Mapping[str, object]) -> Iterator[Problem]:
    for name in sorted(set(signature.inputs) - set(inputs) - set(signature.defaults)):
        yield Problem(
            choice.name,
            f"The input {name!r} is missing. Give {signature.inputs[name]}.",
        )


def _refused(spec: TensorSpec, error: RefusedValueError) -> Iterator[Problem]:
    kind = spec.element.name if spec.element else type_name(spec.number)
    for message in error.messages:
        yield Problem(f"The input {spec.name!r} is no array of {'strings' if kind == 'string' else kind}", message)


def _listed(signature: Signature) -> str:
    return ", ".join(sorted(signature.inputs)) or "none"


def _fits(wanted: tuple[int, ...] | None, given: tuple[int, ...]) -> bool:
    if wanted is None:
        return True
    return len(wanted) == len(given) and all(size in (-1, found) for size, found in zip(wanted, given, strict=True))


def _shape_problem(spec: TensorSpec, array: Array) -> str:
    wanted, given = spec.shape or (), array.shape
    remedy = "Reshape it."
    if len(given) == len(wanted) - 1 and _fits(wanted[1:], given):
        remedy = "Put it in a list: a single row is a batch of one."
    elif len(given) == len(wanted) + 1 and _fits(wanted, given[1:]):
        remedy = "Leave out the outermost list: the signature takes one row at a time."
    return f"its shape is {shape_text(given)}, the signature takes {shape_text(wanted)}, where ? is any size. {remedy}"
