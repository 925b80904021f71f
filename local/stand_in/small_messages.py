"""The config messages that tensorflow-serving-api leaves out, built here from a table of their fields.

They are deliberately not this project's own protos: a field the agent or the previewer names wrongly must not be
understood by the server it is tested against.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, wrappers_pb2

_TYPE = descriptor_pb2.FieldDescriptorProto
PACKAGE: Final = "tensorflow_serving_stand_in"


@dataclass(frozen=True)
class Field:
    """One field: its type is a scalar's name, a wrapper's name or another message of this file."""

    name: str
    number: int
    type: str
    repeated: bool = False


SCALARS: Final = {
    "bool": _TYPE.TYPE_BOOL,
    "bytes": _TYPE.TYPE_BYTES,
    "enum": _TYPE.TYPE_INT32,
    "int64": _TYPE.TYPE_INT64,
    "string": _TYPE.TYPE_STRING,
}

MESSAGES: Final[dict[str, tuple[Field, ...]]] = {
    "BatchingParameters": (
        Field("max_batch_size", 1, "Int64Value"),
        Field("batch_timeout_micros", 2, "Int64Value"),
        Field("max_enqueued_batches", 3, "Int64Value"),
        Field("num_batch_threads", 4, "Int64Value"),
        Field("thread_pool_name", 5, "StringValue"),
        Field("allowed_batch_sizes", 6, "int64", repeated=True),
        Field("pad_variable_length_inputs", 7, "bool"),
        Field("enable_large_batch_splitting", 8, "BoolValue"),
        Field("max_execution_batch_size", 9, "Int64Value"),
    ),
    "PrometheusConfig": (Field("enable", 1, "bool"), Field("path", 2, "string")),
    "MonitoringConfig": (Field("prometheus_config", 1, "PrometheusConfig"),),
    "SSLConfig": (
        Field("server_key", 1, "string"),
        Field("server_cert", 2, "string"),
        Field("custom_ca", 3, "string"),
        Field("client_verify", 4, "bool"),
    ),
    "HealthCheckRequest": (Field("service", 1, "string"),),
    # grpc.health.v1: the status is an enum there, the same bytes on the wire.
    "HealthCheckResponse": (Field("status", 1, "enum"),),
}


def _field_descriptor(field: Field) -> descriptor_pb2.FieldDescriptorProto:
    described = descriptor_pb2.FieldDescriptorProto(
        name=field.name,
        number=field.number,
        label=_TYPE.LABEL_REPEATED if field.repeated else _TYPE.LABEL_OPTIONAL,
    )
    if field.type in SCALARS:
        described.type = SCALARS[field.type]
    else:
        described.type = _TYPE.TYPE_MESSAGE
        package = PACKAGE if field.type in MESSAGES else wrappers_pb2.DESCRIPTOR.package
        described.type_name = f".{package}.{field.type}"
    return described


def _message_descriptor(name: str, fields: Sequence[Field]) -> descriptor_pb2.DescriptorProto:
    return descriptor_pb2.DescriptorProto(name=name, field=[_field_descriptor(field) for field in fields])


def _build() -> dict[str, Any]:
    pool = descriptor_pool.DescriptorPool()
    wrappers = descriptor_pb2.FileDescriptorProto()
    wrappers_pb2.DESCRIPTOR.CopyToProto(wrappers)
    pool.Add(wrappers)
    file = descriptor_pb2.FileDescriptorProto(
        name="tensorflow_serving_stand_in.proto",
        package=PACKAGE,
        syntax="proto3",
        dependency=[wrappers.name],
        message_type=[_message_descriptor(name, fields) for name, fields in MESSAGES.items()],
    )
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}")) for name in MESSAGES}


_CLASSES: Final = _build()
BatchingParameters: Final = _CLASSES["BatchingParameters"]
MonitoringConfig: Final = _CLASSES["MonitoringConfig"]
SSLConfig: Final = _CLASSES["SSLConfig"]
HealthCheckRequest: Final = _CLASSES["HealthCheckRequest"]
HealthCheckResponse: Final = _CLASSES["HealthCheckResponse"]
