"""Warm-up requests: the TFRecord file of PredictionLogs a version may bring, replayed before it is AVAILABLE."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from .inference import classify, multi_inference, regress, serialized_examples
from .official import prediction_log_pb2
from .predict import Model, predict
from .status import Code, StatusError, invalid, unimplemented
from .tensors import from_proto

RECORDS_FILE: Final = "assets.extra/tf_serving_warmup_requests"
MOST_RECORDS: Final = 1000
HEADER: Final = struct.Struct("<QI")
"""A TFRecord begins with its length and that length's checksum, and ends with the checksum of its bytes."""
CHECKSUM_SIZE: Final = 4


def replay(path: Path, model: Model, repeats: int = 1) -> int:
    """Run every record, and return how many there were.

    Raises StatusError for a record that fails, is streamed or of a session's run, or is one too many: each makes the
    load fail, so a warm-up file doubles as a smoke test.
    """
    count = 0
    for record in _records(path.read_bytes()):
        count += 1
        if count > MOST_RECORDS:
            raise invalid(f"Number of warmup records exceeds the maximum ({MOST_RECORDS}) at {path}")
        log = prediction_log_pb2.PredictionLog.FromString(record)
        for _ in range(max(1, repeats)):
            _replay(log, model)
    return count


def _replay(log: Any, model: Model) -> None:
    match log.WhichOneof("log_type"):
        case "predict_log":
            request = log.predict_log.request
            inputs = {alias: from_proto(tensor) for alias, tensor in request.inputs.items()}
            predict(model, request.model_spec.signature_name, inputs, request.output_filter)
        case "classify_log":
            request = log.classify_log.request
            classify(model, request.model_spec.signature_name, serialized_examples(request.input), 0)
        case "regress_log":
            request = log.regress_log.request
            regress(model, request.model_spec.signature_name, serialized_examples(request.input), 0)
        case "multi_inference_log":
            request = log.multi_inference_log.request
            multi_inference(model, request.tasks, serialized_examples(request.input), 0)
        case other:
            raise unimplemented(f"Unsupported log_type for warmup: {other}")


def _records(content: bytes) -> Iterator[bytes]:
    offset = 0
    while offset < len(content):
        start = offset + HEADER.size
        length = HEADER.unpack_from(content, offset)[0] if start <= len(content) else len(content)
        offset = start + length + CHECKSUM_SIZE
        if offset > len(content):
            raise StatusError(Code.DATA_LOSS, "truncated record in the warmup file")
        yield content[start : start + length]
