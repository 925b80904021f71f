"""Warm-up requests for a SavedModel: what servers replay before they let a version answer."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tfserving.client import signatures as client
from tfserving.client.choice import Choice
from tfserving.client.errors import InputsError
from tfserving.client.inputs import checked_inputs
from tfserving.client.tensors import write
from tfserving.errors import Problem, ProblemsError
from tfserving.model_store import Signature, Tensor, read_signatures
from tfserving.model_store.saved_model.records import write_records
from tfserving.model_store.saved_model.warmup import DEFAULT_SIGNATURE, MAX_RECORDS, RECORDS
from tfserving.protos.prediction_log_pb2 import PredictionLog
from tfserving.protos.saved_model_pb2 import DataType
from tfserving.protos.serving_api_pb2 import TensorProto

_KEYS: Final = frozenset({"inputs", "signature_name"})
_FORM: Final = "Write each as {'inputs': {...}}, with 'signature_name' for another signature than serving_default."
_MOST_TOLD: Final = 20


class WarmupError(ProblemsError):
    """Requests cannot be replayed by a server."""


def write_warmup(
    path: Path, model: str, folder: Path, requests: Any, where: str, tags: Collection[str] = frozenset({"serve"})
) -> None:
    """Write requests as the records that a server replays when it loads the folder's SavedModel.

    `requests` are JSON's values, one request or a list of them, each in the form of the REST API's; `where` names them
    in messages. Each is checked against its signature as a client does. Raises WarmupError with every mistake.
    """
    if (folder / RECORDS).exists():
        raise WarmupError([Problem(str(folder / RECORDS), "is there already. Remove it, or leave out --warmup.")])
    listed = requests if isinstance(requests, list) else [requests]
    if not listed:
        raise WarmupError([Problem(where, f"holds no request. {_FORM}")])
    if len(listed) > MAX_RECORDS:
        message = f"has {len(listed)} requests, but a server takes {MAX_RECORDS} at most. Keep fewer."
        raise WarmupError([Problem(where, message)])
    signatures = read_signatures(folder, tags)
    problems: list[Problem] = []
    records: list[bytes] = []
    for index, request in enumerate(listed):
        place = f"{where}, request {index}"
        try:
            # Byte for byte the same for the same requests, so that an interrupted publication is known again.
            records.append(_record(model, request, signatures, place).SerializeToString(deterministic=True))
        except ProblemsError as error:
            problems += error.problems
    if problems:
        left = len(problems) - _MOST_TOLD
        more = [Problem(where, f"has {left} more mistakes like these.")] if left > 0 else []
        raise WarmupError([*problems[:_MOST_TOLD], *more])
    write_records(path, records)


def _record(model: str, request: Any, signatures: Mapping[str, Signature], where: str) -> PredictionLog:
    if mistakes := list(_form_mistakes(request, signatures)):
        raise WarmupError(Problem(where, mistake) for mistake in mistakes)
    name = request.get("signature_name", DEFAULT_SIGNATURE)
    signature = _as_clients_know_it(name, signatures[name])
    try:
        arrays = checked_inputs(Choice(model), signature, request["inputs"])
    except InputsError as error:
        raise WarmupError(Problem(where, f"{problem}") for problem in error.problems) from error
    log = PredictionLog()
    log.predict_log.request.model_spec.name = model
    log.predict_log.request.model_spec.signature_name = name
    for key, array in arrays.items():
        element = signature.inputs[key].element
        assert element is not None, "inputs without an element type are refused before"
        write(array, element, log.predict_log.request.inputs[key])
    return log


def _form_mistakes(request: Any, signatures: Mapping[str, Signature]) -> Iterator[str]:
    if not isinstance(request, dict) or not isinstance(request.get("inputs"), dict):
        yield f"has no object 'inputs' with the inputs by name. {_FORM}"
        return
    if unknown := sorted(request.keys() - _KEYS):
        yield f"has {', '.join(map(repr, unknown))}, which no request has. {_FORM}"
    name = request.get("signature_name", DEFAULT_SIGNATURE)
    if not isinstance(name, str) or name not in signatures:
        yield f"asks for the signature {name!r}, but the model has {', '.join(sorted(signatures)) or 'none'}."


def _as_clients_know_it(name: str, signature: Signature) -> client.Signature:
    inputs = {key: _spec(key, tensor) for key, tensor in signature.inputs.items()}
    outputs = {key: _spec(key, tensor) for key, tensor in signature.outputs.items()}
    return client.Signature(name, inputs, outputs, {key: TensorProto() for key in signature.optional})


def _spec(name: str, tensor: Tensor) -> client.TensorSpec:
    # A type newer than this project goes by its number.
    number = int(tensor.dtype) if tensor.dtype.isdecimal() else DataType.Value(tensor.dtype)
    shape = None if tensor.shape is None else tuple(-1 if size is None else size for size in tensor.shape)
    return client.TensorSpec(name, number % client.REFERENCES, shape)
