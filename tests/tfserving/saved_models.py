"""The files of SavedModels, written byte by byte, without TensorFlow and without the code under test."""

import struct
from collections.abc import Iterable, Mapping

import google_crc32c

from tfserving.protos import prediction_log_pb2, saved_model_pb2
from tfserving.protos import serving_api_pb2 as api

Graph = saved_model_pb2.MetaGraphDef
Log = prediction_log_pb2.PredictionLog
FLOAT = 1
STRING = 7


def masked(content: bytes) -> bytes:
    """Give a checksum as TensorFlow's files carry it."""
    crc = google_crc32c.value(content)
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)


def graph(
    tags: Iterable[str] = ("serve",),
    variables: Iterable[str] = (),
    assets: Iterable[str] = (),
    signatures: Iterable[str] = ("serving_default",),
) -> Graph:
    """Describe a graph with float inputs of shape [?, 2], whose saver restores its variables."""
    made = Graph()
    made.meta_info_def.tags.extend(tags)
    made.asset_file_def.extend(saved_model_pb2.AssetFileDef(filename=name) for name in assets)
    for name in signatures:
        signature = made.signature_def[name]
        signature.inputs["x"].CopyFrom(tensor(None, 2))
        signature.outputs["y"].CopyFrom(tensor(None, 1))
        signature.method_name = "tensorflow/serving/predict"
    made.signature_def["__saved_model_init_op"].outputs["op"].CopyFrom(tensor())
    names = list(variables)
    if names:
        made.graph_def.node.add(name="v", op="VarHandleOp")
        made.graph_def.node.add(name="save/restore", op="RestoreV2", input=["saver_filename", "save/tensor_names"])
        strings = made.graph_def.node.add(name="save/tensor_names", op="Const").attr["value"].tensor
        strings.string_val.extend(name.encode() for name in names)
        made.saver_def.filename_tensor_name = "saver_filename:0"
        made.saver_def.restore_op_name = "save/restore"
    return made


def tensor(*sizes: int | None, dtype: int = FLOAT) -> saved_model_pb2.TensorInfo:
    """Describe a tensor; None is a dimension of any size."""
    shape = saved_model_pb2.TensorShapeProto()
    for size in sizes:
        shape.dim.add(size=-1 if size is None else size)
    return saved_model_pb2.TensorInfo(dtype=saved_model_pb2.DataType.Name(dtype), tensor_shape=shape)


def saved_model(*graphs: Graph) -> bytes:
    """Write a saved_model.pb."""
    return saved_model_pb2.SavedModel(saved_model_schema_version=1, meta_graphs=graphs).SerializeToString()


def index(values: Mapping[str, bytes], shards: int = 1, shard: int = 0) -> bytes:
    """Write a variables.index of floats that lie one after the other in a shard."""
    header = saved_model_pb2.BundleHeaderProto(num_shards=shards)
    header.version.producer = 1
    pairs = {b"": header.SerializeToString()}
    offset = 0
    for name in sorted(values):
        entry = saved_model_pb2.BundleEntryProto(dtype="DT_FLOAT", shard_id=shard)
        entry.offset, entry.size = offset, len(values[name])
        (entry.crc32c,) = struct.unpack("<I", masked(values[name]))
        pairs[name.encode()] = entry.SerializeToString()
        offset += len(values[name])
    return table(pairs)


def table(pairs: Mapping[bytes, bytes], compression: int = 0) -> bytes:
    """Write a table of one block, in which a key tells only what differs from the one before it."""
    data = block(pairs, compression)
    handle = varint(0) + varint(len(data) - 5)
    meta = block({})
    places = varint(len(data)) + varint(len(meta) - 5)
    keys = block({max(pairs, default=b""): handle})
    places += varint(len(data) + len(meta)) + varint(len(keys) - 5)
    return data + meta + keys + places.ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)


def block(pairs: Mapping[bytes, bytes], compression: int = 0) -> bytes:
    """Write a table's block and its trailer, which may say that it is compressed."""
    content, before = b"", b""
    for key in sorted(pairs):
        shared = 0
        while key[: shared + 1] == before[: shared + 1] and shared < len(before):
            shared += 1
        content += varint(shared) + varint(len(key) - shared) + varint(len(pairs[key])) + key[shared:] + pairs[key]
        before = key
    content += struct.pack("<II", 0, 1) + bytes([compression])
    return content + masked(content)


def varint(number: int) -> bytes:
    """Write a number as protocol buffers do."""
    content = b""
    while number >= 0x80:
        content += bytes([number & 0x7F | 0x80])
        number >>= 7
    return content + bytes([number])


def records(*logs: Log | bytes) -> bytes:
    """Write a TFRecord file."""
    contents = [log if isinstance(log, bytes) else log.SerializeToString() for log in logs]
    lengths = [struct.pack("<Q", len(content)) for content in contents]
    return b"".join(
        length + masked(length) + content + masked(content) for length, content in zip(lengths, contents, strict=True)
    )


def predict_log(signature: str = "", dtype: int = FLOAT, shape: Iterable[int] = (1, 2), name: str = "x") -> Log:
    """Describe a warm-up request."""
    log = Log()
    log.predict_log.request.model_spec.signature_name = signature
    given = log.predict_log.request.inputs[name]
    given.MergeFrom(api.TensorProto(dtype=api.DataType.Name(dtype)))
    given.tensor_shape.dim.extend(api.TensorShapeProto.Dim(size=size) for size in shape)
    return log
