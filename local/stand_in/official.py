"""The official protos of tensorflow-serving-api, without paying for TensorFlow's Python side.

The generated modules import `tensorflow.core...`, and importing the `tensorflow` package proper takes seconds and
hundreds of megabytes. So the package is stood in for while its proto modules load; whoever imports TensorFlow
afterwards still gets the real one.
"""

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Final

PACKAGE: Final = "tensorflow"


def tensorflow_folder() -> Path:
    """Where the tensorflow package is installed; raises ModuleNotFoundError if it is not."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("The stand-in server needs tensorflow-cpu to be installed.", name=PACKAGE)
    return Path(next(iter(spec.submodule_search_locations)))


@contextmanager
def _hollow_package() -> Iterator[None]:
    if PACKAGE in sys.modules:
        yield
        return
    hollow = ModuleType(PACKAGE)
    hollow.__path__ = [str(tensorflow_folder())]
    sys.modules[PACKAGE] = hollow
    try:
        yield
    finally:
        del sys.modules[PACKAGE]


def _load(name: str) -> Any:
    return importlib.import_module(name)


with _hollow_package():
    classification_pb2: Final = _load("tensorflow_serving.apis.classification_pb2")
    get_model_metadata_pb2: Final = _load("tensorflow_serving.apis.get_model_metadata_pb2")
    get_model_status_pb2: Final = _load("tensorflow_serving.apis.get_model_status_pb2")
    inference_pb2: Final = _load("tensorflow_serving.apis.inference_pb2")
    input_pb2: Final = _load("tensorflow_serving.apis.input_pb2")
    model_management_pb2: Final = _load("tensorflow_serving.apis.model_management_pb2")
    model_pb2: Final = _load("tensorflow_serving.apis.model_pb2")
    model_service_grpc: Final = _load("tensorflow_serving.apis.model_service_pb2_grpc")
    predict_pb2: Final = _load("tensorflow_serving.apis.predict_pb2")
    prediction_log_pb2: Final = _load("tensorflow_serving.apis.prediction_log_pb2")
    prediction_service_grpc: Final = _load("tensorflow_serving.apis.prediction_service_pb2_grpc")
    regression_pb2: Final = _load("tensorflow_serving.apis.regression_pb2")
    example_pb2: Final = _load("tensorflow.core.example.example_pb2")
    tensor_pb2: Final = _load("tensorflow.core.framework.tensor_pb2")
    types_pb2: Final = _load("tensorflow.core.framework.types_pb2")
    config_pb2: Final = _load("tensorflow.core.protobuf.config_pb2")
    meta_graph_pb2: Final = _load("tensorflow.core.protobuf.meta_graph_pb2")
