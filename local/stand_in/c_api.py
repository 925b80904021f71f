"""TensorFlow's C API, as much of it as serving a SavedModel takes.

It loads models through the same C++ code as the real server, so half-copied versions fail, or seem to work, in the
same way; and it starts in half a second, where the Python package takes several.
"""

import ctypes
from collections.abc import Sequence
from ctypes import c_char_p, c_int64, c_size_t, c_void_p
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np

from .c_library import Deallocator, Endpoint, library
from .status import Code, StatusError, invalid
from .tensors import STRING, Tensor, element

STRING_SIZE: Final = 24
"""Bytes of one TF_TString inside a string tensor's buffer."""


@cache
def _libc() -> Any:
    libc = ctypes.CDLL(None)
    libc.malloc.restype = c_void_p
    libc.malloc.argtypes = (c_size_t,)
    libc.free.argtypes = (c_void_p,)
    return libc


def _free_strings_now(data: int, length: int, _argument: int) -> None:
    # Called by TensorFlow when it drops its last reference, from whichever thread that is.
    for offset in range(0, length, STRING_SIZE):
        library().TF_StringDealloc(data + offset)
    _libc().free(data)


# Kept for the life of the process: TensorFlow holds the address.
_free_strings: Final = Deallocator(_free_strings_now)


class Status:
    """A TF_Status for the length of a `with`; a failure in it is raised on leaving."""

    def __enter__(self) -> Any:
        self._handle = library().TF_NewStatus()
        return self._handle

    def __exit__(self, kind: object, *_rest: object) -> None:
        code = library().TF_GetCode(self._handle)
        message = library().TF_Message(self._handle).decode(errors="replace")
        library().TF_DeleteStatus(self._handle)
        if code and kind is None:
            raise StatusError(Code(code), message)


@dataclass(frozen=True)
class LoadedGraph:
    """A session with its graph, and the MetaGraphDef it came with, serialized."""

    session: int
    graph: int
    meta_graph: bytes


def load_session(export_dir: str, tags: Sequence[str], config: bytes) -> LoadedGraph:
    """Load a SavedModel; `config` is a serialized ConfigProto. Raises StatusError with TensorFlow's own text."""
    tf = library()
    graph, options, meta = tf.TF_NewGraph(), tf.TF_NewSessionOptions(), tf.TF_NewBuffer()
    tag_list = (c_char_p * len(tags))(*(tag.encode() for tag in tags))
    try:
        with Status() as status:
            tf.TF_SetConfig(options, config, len(config), status)
        with Status() as status:
            session = tf.TF_LoadSessionFromSavedModel(
                options, None, export_dir.encode(), tag_list, len(tags), graph, meta, status
            )
        return LoadedGraph(session, graph, ctypes.string_at(meta.contents.data, meta.contents.length))
    except StatusError:
        tf.TF_DeleteGraph(graph)
        raise
    finally:
        tf.TF_DeleteBuffer(meta)
        tf.TF_DeleteSessionOptions(options)


def close_session(loaded: LoadedGraph) -> None:
    """Free the session and its graph; nothing may be running in it."""
    with Status() as status:
        library().TF_CloseSession(loaded.session, status)
    with Status() as status:
        library().TF_DeleteSession(loaded.session, status)
    library().TF_DeleteGraph(loaded.graph)


def run_session(
    loaded: LoadedGraph, feeds: Sequence[tuple[str, Tensor]], fetches: Sequence[str], options: bytes
) -> list[Tensor]:
    """Run the graph once; names are `operation:index`, `options` a serialized RunOptions."""
    tf = library()
    inputs = (Endpoint * len(feeds))(*(_endpoint(loaded, name) for name, _ in feeds))
    outputs = (Endpoint * len(fetches))(*(_endpoint(loaded, name) for name in fetches))
    given = (c_void_p * len(feeds))()
    made = (c_void_p * len(fetches))()
    run_options = tf.TF_NewBufferFromString(options, len(options))
    try:
        for index, (_, tensor) in enumerate(feeds):
            given[index] = _new_tensor(tensor)
        with Status() as status:
            tf.TF_SessionRun(
                *(loaded.session, run_options),
                *(inputs, given, len(feeds)),
                *(outputs, made, len(fetches)),
                *(None, 0, None, status),
            )
        return [_read_tensor(handle) for handle in made if handle]
    finally:
        tf.TF_DeleteBuffer(run_options)
        for handle in (*given, *made):
            if handle:
                tf.TF_DeleteTensor(handle)


def _endpoint(loaded: LoadedGraph, name: str) -> Endpoint:
    operation, _, index = name.partition(":")
    handle = library().TF_GraphOperationByName(loaded.graph, operation.encode())
    if not handle:
        raise invalid(f"Tensor {name}, specified in either feed_devices or fetch_devices was not found in the Graph")
    return Endpoint(handle, int(index or 0))


def _new_tensor(tensor: Tensor) -> Any:
    shape = (c_int64 * tensor.array.ndim)(*tensor.array.shape)
    if tensor.dtype == STRING:
        return _new_strings(tensor, shape)
    content = np.ascontiguousarray(tensor.array)
    handle = library().TF_AllocateTensor(tensor.dtype, shape, tensor.array.ndim, content.nbytes)
    ctypes.memmove(library().TF_TensorData(handle), content.ctypes.data, content.nbytes)
    return handle


def _new_strings(tensor: Tensor, shape: Any) -> Any:
    tf = library()
    length = tensor.array.size * STRING_SIZE
    data = _libc().malloc(max(length, 1))
    for offset, value in zip(range(0, length, STRING_SIZE), tensor.array.reshape(-1), strict=True):
        tf.TF_StringInit(data + offset)
        tf.TF_StringCopy(data + offset, value, len(value))
    return tf.TF_NewTensor(STRING, shape, tensor.array.ndim, data, length, _free_strings, None)


def _read_tensor(handle: int) -> Tensor:
    tf = library()
    dtype = tf.TF_TensorType(handle)
    shape = tuple(tf.TF_Dim(handle, index) for index in range(tf.TF_NumDims(handle)))
    data, length = tf.TF_TensorData(handle), tf.TF_TensorByteSize(handle)
    if dtype == STRING:
        return Tensor(dtype, _read_strings(data, length).reshape(shape))
    content = ctypes.string_at(data, length) if length else b""
    return Tensor(dtype, np.frombuffer(content, dtype=element(dtype).storage).reshape(shape))


def _read_strings(data: int, length: int) -> np.ndarray[Any, Any]:
    tf = library()
    array = np.empty(length // STRING_SIZE, dtype=object)
    for index in range(array.size):
        item = data + index * STRING_SIZE
        array[index] = ctypes.string_at(tf.TF_StringGetDataPointer(item), tf.TF_StringGetSize(item))
    return array
