from tfserving.protos import serving_api_pb2 as _serving_api_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PredictionLog(_message.Message):
    __slots__ = ("classify_log", "regress_log", "multi_inference_log", "session_run_log", "predict_log", "predict_streamed_log")
    CLASSIFY_LOG_FIELD_NUMBER: _ClassVar[int]
    REGRESS_LOG_FIELD_NUMBER: _ClassVar[int]
    MULTI_INFERENCE_LOG_FIELD_NUMBER: _ClassVar[int]
    SESSION_RUN_LOG_FIELD_NUMBER: _ClassVar[int]
    PREDICT_LOG_FIELD_NUMBER: _ClassVar[int]
    PREDICT_STREAMED_LOG_FIELD_NUMBER: _ClassVar[int]
    classify_log: ExamplesLog
    regress_log: ExamplesLog
    multi_inference_log: MultiInferenceLog
    session_run_log: UnreadLog
    predict_log: PredictLog
    predict_streamed_log: UnreadLog
    def __init__(self, classify_log: _Optional[_Union[ExamplesLog, _Mapping]] = ..., regress_log: _Optional[_Union[ExamplesLog, _Mapping]] = ..., multi_inference_log: _Optional[_Union[MultiInferenceLog, _Mapping]] = ..., session_run_log: _Optional[_Union[UnreadLog, _Mapping]] = ..., predict_log: _Optional[_Union[PredictLog, _Mapping]] = ..., predict_streamed_log: _Optional[_Union[UnreadLog, _Mapping]] = ...) -> None: ...

class PredictLog(_message.Message):
    __slots__ = ("request",)
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    request: _serving_api_pb2.PredictRequest
    def __init__(self, request: _Optional[_Union[_serving_api_pb2.PredictRequest, _Mapping]] = ...) -> None: ...

class ExamplesLog(_message.Message):
    __slots__ = ("request",)
    class Request(_message.Message):
        __slots__ = ("model_spec",)
        MODEL_SPEC_FIELD_NUMBER: _ClassVar[int]
        model_spec: _serving_api_pb2.ModelSpec
        def __init__(self, model_spec: _Optional[_Union[_serving_api_pb2.ModelSpec, _Mapping]] = ...) -> None: ...
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    request: ExamplesLog.Request
    def __init__(self, request: _Optional[_Union[ExamplesLog.Request, _Mapping]] = ...) -> None: ...

class MultiInferenceLog(_message.Message):
    __slots__ = ("request",)
    class Task(_message.Message):
        __slots__ = ("model_spec", "method_name")
        MODEL_SPEC_FIELD_NUMBER: _ClassVar[int]
        METHOD_NAME_FIELD_NUMBER: _ClassVar[int]
        model_spec: _serving_api_pb2.ModelSpec
        method_name: str
        def __init__(self, model_spec: _Optional[_Union[_serving_api_pb2.ModelSpec, _Mapping]] = ..., method_name: _Optional[str] = ...) -> None: ...
    class Request(_message.Message):
        __slots__ = ("tasks",)
        TASKS_FIELD_NUMBER: _ClassVar[int]
        tasks: _containers.RepeatedCompositeFieldContainer[MultiInferenceLog.Task]
        def __init__(self, tasks: _Optional[_Iterable[_Union[MultiInferenceLog.Task, _Mapping]]] = ...) -> None: ...
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    request: MultiInferenceLog.Request
    def __init__(self, request: _Optional[_Union[MultiInferenceLog.Request, _Mapping]] = ...) -> None: ...

class UnreadLog(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
