"""Classify, Regress and MultiInference: signatures of fixed form over serialized tf.Examples."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from .official import classification_pb2, inference_pb2, regression_pb2
from .predict import DEFAULT_SIGNATURE, Model
from .status import invalid, precondition, unimplemented
from .tensors import STRING, Tensor, type_name

CLASSIFY: Final = "tensorflow/serving/classify"
REGRESS: Final = "tensorflow/serving/regress"
INPUTS: Final = "inputs"
CLASSES: Final = "classes"
SCORES: Final = "scores"
REGRESSION: Final = "outputs"
FLOAT: Final = 1

Named = Mapping[str, Tensor]
"""Tensors by their names in the graph."""


def serialized_examples(message: Any) -> Tensor:
    """The tf.Examples of an Input message, each serialized; a context is prepended, which merges it into each.

    Raises INVALID_ARGUMENT if there is none.
    """
    context = b""
    examples: Iterable[Any] = message.example_list.examples
    if message.WhichOneof("kind") == "example_list_with_context":
        context = message.example_list_with_context.context.SerializeToString()
        examples = message.example_list_with_context.examples
    rows = [context + example.SerializeToString() for example in examples]
    if not rows:
        raise invalid("Input is empty.")
    array = np.empty(len(rows), dtype=object)
    array[:] = rows
    return Tensor(STRING, array)


def signature_of(model: Model, name: str, method: str, kind: str) -> Any:
    """A signature that is to be of one method; raises INVALID_ARGUMENT for others and for unknown names."""
    wanted = name or DEFAULT_SIGNATURE
    if wanted not in model.signatures:
        raise invalid(f"No signature was found with the name: {wanted}")
    signature = model.signatures[wanted]
    if signature.method_name != method:
        raise invalid(f"Expected {kind} signature method_name to be {method}. Was: {signature.method_name}")
    return signature


def classify(model: Model, signature_name: str, examples: Tensor, timeout_ms: int) -> Any:
    """A ClassificationResult, with classes, scores or both for each example."""
    signature = signature_of(model, signature_name, CLASSIFY, "classification")
    fetches = _classification_fetches(signature)
    outputs = model.run([(_input_of(signature, "classification"), examples)], fetches, timeout_ms)
    return _classifications(signature, len(examples.array), dict(zip(fetches, outputs, strict=True)))


def regress(model: Model, signature_name: str, examples: Tensor, timeout_ms: int) -> Any:
    """A RegressionResult, with one value for each example."""
    signature = signature_of(model, signature_name, REGRESS, "regression")
    fetches = _regression_fetches(signature)
    outputs = model.run([(_input_of(signature, "regression"), examples)], fetches, timeout_ms)
    return _regressions(signature, len(examples.array), dict(zip(fetches, outputs, strict=True)))


def multi_inference(model: Model, tasks: Sequence[Any], examples: Tensor, timeout_ms: int) -> list[Any]:
    """InferenceResults, one for each task, of a single run; raises StatusError if one run cannot serve them all."""
    signatures = _task_signatures(model, tasks)
    inputs = {_input_of(signature, _kind(task)) for task, signature in zip(tasks, signatures, strict=True)}
    if len(inputs) > 1:
        raise invalid("Input tensor must be the same for all Signatures.")
    fetches = sorted({name for task, each in zip(tasks, signatures, strict=True) for name in _fetches(task, each)})
    outputs = model.run([(name, examples) for name in inputs], fetches, timeout_ms)
    named = dict(zip(fetches, outputs, strict=True))
    return [_result(task, each, len(examples.array), named) for task, each in zip(tasks, signatures, strict=True)]


def _task_signatures(model: Model, tasks: Sequence[Any]) -> list[Any]:
    signatures: dict[str, Any] = {}
    for task in tasks:
        if not task.model_spec.name:
            raise invalid("Found ModelSpec with an empty model name.")
        if task.model_spec.name != tasks[0].model_spec.name:
            raise invalid("All ModelSpecs in a MultiInferenceRequest must access the same model name.")
        name = task.model_spec.signature_name or DEFAULT_SIGNATURE
        if name in signatures:
            raise invalid(f"Duplicate evaluation of signature: {name}")
        if name not in model.signatures:
            raise invalid(f"Requested signature not found in model graph: {name}")
        if task.method_name not in (CLASSIFY, REGRESS):
            raise unimplemented(f"Unsupported signature method_name: {task.method_name}")
        signatures[name] = signature_of(model, name, task.method_name, _kind(task))
    return list(signatures.values())


def _kind(task: Any) -> str:
    return "classification" if task.method_name == CLASSIFY else "regression"


def _fetches(task: Any, signature: Any) -> list[str]:
    return _classification_fetches(signature) if task.method_name == CLASSIFY else _regression_fetches(signature)


def _result(task: Any, signature: Any, count: int, outputs: Named) -> Any:
    result = inference_pb2.InferenceResult()
    if task.method_name == CLASSIFY:
        result.classification_result.CopyFrom(_classifications(signature, count, outputs))
    else:
        result.regression_result.CopyFrom(_regressions(signature, count, outputs))
    return result


def _input_of(signature: Any, kind: str) -> str:
    if len(signature.inputs) != 1:
        raise invalid("Expected one input Tensor.")
    if INPUTS not in signature.inputs:
        raise precondition(f"No {kind} inputs found in SignatureDef: {signature}")
    name: str = signature.inputs[INPUTS].name
    return name


def _classification_fetches(signature: Any) -> list[str]:
    if len(signature.outputs) not in (1, 2):
        raise invalid(f"Expected one or two output Tensors, found {len(signature.outputs)}")
    names = [signature.outputs[alias].name for alias in (CLASSES, SCORES) if alias in signature.outputs]
    if not names:
        raise precondition(
            f'Expected classification signature outputs to contain at least one of "{CLASSES}" or "{SCORES}". '
            f"Signature was: {signature}"
        )
    return names


def _regression_fetches(signature: Any) -> list[str]:
    if len(signature.outputs) != 1:
        raise invalid("Expected one output Tensor.")
    if REGRESSION not in signature.outputs:
        raise precondition(f"No regression outputs found in SignatureDef: {signature}")
    return [signature.outputs[REGRESSION].name]


def _classifications(signature: Any, count: int, outputs: Named) -> Any:
    classes = _matrix(signature, CLASSES, STRING, count, outputs)
    scores = _matrix(signature, SCORES, FLOAT, count, outputs)
    if classes is not None and scores is not None and classes.shape != scores.shape:
        raise invalid(
            f"Tensors class and score should match in dim_size(1). Got {classes.shape[1]} vs. {scores.shape[1]}"
        )
    shaped = classes if classes is not None else scores
    result = classification_pb2.ClassificationResult()
    for row in range(count):
        entry = result.classifications.add()
        for column in range(shaped.shape[1]):
            entry.classes.add(
                label="" if classes is None else classes[row, column],
                score=0.0 if scores is None else scores[row, column],
            )
    return result


def _matrix(signature: Any, alias: str, dtype: int, count: int, outputs: Named) -> Any:
    if alias not in signature.outputs:
        return None
    tensor = outputs[signature.outputs[alias].name]
    if tensor.array.ndim != 2:
        raise invalid(f"Expected Tensor shape: [batch_size num_classes] but got {list(tensor.array.shape)}")
    _check_type(tensor, dtype, alias)
    if tensor.array.shape[0] != count:
        raise invalid(f"Expected {alias} output batch size of {count}. Got: {tensor.array.shape[0]}")
    return tensor.array


def _regressions(signature: Any, count: int, outputs: Named) -> Any:
    tensor = outputs[signature.outputs[REGRESSION].name]
    shape = tensor.array.shape
    if len(shape) != 1 and not (len(shape) == 2 and shape[1] == 1):
        raise invalid(
            f"Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got {list(shape)}"
        )
    if shape[0] != count:
        raise invalid(f"Input batch size did not match output batch size: {count} vs. {shape[0]}")
    _check_type(tensor, FLOAT, "output")
    result = regression_pb2.RegressionResult()
    for value in tensor.array.reshape(-1).tolist():
        result.regressions.add(value=value)
    return result


def _check_type(tensor: Tensor, dtype: int, what: str) -> None:
    if tensor.dtype != dtype:
        raise invalid(
            f"Expected {what} Tensor of DT_{type_name(dtype).upper()}. Got: DT_{type_name(tensor.dtype).upper()}"
        )
