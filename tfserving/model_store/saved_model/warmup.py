"""Whether a version's warm-up requests can be replayed: one that fails makes the whole load fail."""

from collections.abc import Iterator, Mapping
from typing import Final

from google.protobuf.message import DecodeError

from tfserving.errors import Problem
from tfserving.model_store.saved_model.folder import Files
from tfserving.model_store.saved_model.graph import Graph
from tfserving.model_store.saved_model.records import read_records
from tfserving.model_store.saved_model.signatures import Shape, Signature, Tensor, dtype_name
from tfserving.model_store.saved_model.wire import MalformedError
from tfserving.protos import prediction_log_pb2 as pb
from tfserving.protos import serving_api_pb2 as api

RECORDS: Final = "assets.extra/tf_serving_warmup_requests"
# TensorFlow Serving's own limit, in servables/tensorflow/saved_model_warmup_util.cc.
MAX_RECORDS: Final = 1000
DEFAULT_SIGNATURE: Final = "serving_default"
# The input of signatures for tf.Examples, and the only one they may have.
_EXAMPLES: Final = "inputs"
_MOST_TOLD: Final = 5
_KINDS: Final = "predict_log, classify_log, regress_log or multi_inference_log"
_REMEDY: Final = (
    "Write it again with tf.io.TFRecordWriter, a tensorflow_serving.apis PredictionLog in each record, or remove it."
)


def warmup_problems(files: Files, graph: Graph | None) -> Iterator[Problem]:
    """List what is wrong with the warm-up requests, of the first records that are; without a graph, their form only."""
    path = files.readable(RECORDS)
    if path is None:
        return
    told = count = 0
    try:
        for record in read_records(path):
            count += 1
            if count > MAX_RECORDS:
                yield Problem(
                    str(path), f"has more than {MAX_RECORDS} records, the most that a server takes. Keep fewer."
                )
                return
            for mistake in _record_mistakes(record, graph.signatures if graph else None):
                told += 1
                if told <= _MOST_TOLD:
                    yield Problem(f"{path}, record {count - 1}", mistake)
    except MalformedError as error:
        yield Problem(str(path), f"{error}. {_REMEDY}")
        return
    if not count:
        yield Problem(str(path), f"holds no record, as a writer leaves it that was not closed. {_REMEDY}")
    if told > _MOST_TOLD:
        yield Problem(str(path), f"has {told - _MOST_TOLD} more mistakes like these.")


def _record_mistakes(record: bytes, signatures: Mapping[str, Signature] | None) -> Iterator[str]:
    try:
        log = pb.PredictionLog.FromString(record)
    except DecodeError:
        yield f"is no PredictionLog. {_REMEDY}"
        return
    kind = log.WhichOneof("log_type")
    if kind not in ("predict_log", "classify_log", "regress_log", "multi_inference_log"):
        yield f"is {f'a {kind}' if kind else 'no PredictionLog'}, but servers replay {_KINDS} only. {_REMEDY}"
    elif signatures is None:
        return
    elif kind == "predict_log":
        yield from _predict_mistakes(log.predict_log.request, signatures)
    else:
        for spec in _specs_for_examples(log):
            yield from _examples_mistakes(spec, signatures)


def _specs_for_examples(log: pb.PredictionLog) -> Iterator[api.ModelSpec]:
    if log.HasField("multi_inference_log"):
        yield from (task.model_spec for task in log.multi_inference_log.request.tasks)
    else:
        yield (log.classify_log if log.HasField("classify_log") else log.regress_log).request.model_spec


def _chosen(spec: api.ModelSpec, signatures: Mapping[str, Signature]) -> tuple[str, Signature | None, str]:
    name = spec.signature_name or DEFAULT_SIGNATURE
    return name, signatures.get(name), f"asks for the signature {name!r}, which the model has not: {_list(signatures)}."


def _examples_mistakes(spec: api.ModelSpec, signatures: Mapping[str, Signature]) -> Iterator[str]:
    name, signature, missing = _chosen(spec, signatures)
    if signature is None:
        yield missing
    elif set(signature.inputs) != {_EXAMPLES}:
        yield (
            f"gives tf.Examples to the signature {name!r}, which has {_list(signature.inputs)} "
            f"where it would need the one input {_EXAMPLES!r}. Write a predict_log."
        )


def _predict_mistakes(request: api.PredictRequest, signatures: Mapping[str, Signature]) -> Iterator[str]:
    name, signature, missing = _chosen(request.model_spec, signatures)
    if signature is None:
        yield missing
        return
    for unknown in sorted(request.inputs.keys() - signature.inputs.keys()):
        yield f"gives the input {unknown!r}, which the signature {name!r} has not: {_list(signature.inputs)}."
    for lacking in sorted(signature.inputs.keys() - request.inputs.keys() - signature.optional):
        yield f"lacks the input {lacking!r} of the signature {name!r}."
    for unknown in sorted(set(request.output_filter) - signature.outputs.keys()):
        yield f"asks for the output {unknown!r}, which the signature {name!r} has not: {_list(signature.outputs)}."
    for key in sorted(request.inputs.keys() & signature.inputs.keys()):
        given, wanted = _given(request.inputs[key]), signature.inputs[key]
        if given.dtype != wanted.dtype or not _fits(given.shape, wanted.shape):
            yield f"gives {key!r} as {_shown(given)}, but the signature {name!r} has {_shown(wanted)}."


def _given(tensor: api.TensorProto) -> Tensor:
    return Tensor(dtype_name(tensor.dtype), tuple(dim.size for dim in tensor.tensor_shape.dim))


def _fits(given: Shape | None, wanted: Shape | None) -> bool:
    if given is None or wanted is None:
        return True
    return len(given) == len(wanted) and all(w in (None, g) for g, w in zip(given, wanted, strict=True))


def _shown(tensor: Tensor) -> str:
    if tensor.shape is None:
        return f"{tensor.dtype} of any rank"
    return f"{tensor.dtype} of shape [{', '.join('?' if size is None else str(size) for size in tensor.shape)}]"


def _list(names: Mapping[str, object]) -> str:
    return f"it has {', '.join(sorted(names))}" if names else "it has none"
