"""What a SavedModel's graphs hold, read without TensorFlow and without copying the graphs themselves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from google.protobuf.message import DecodeError

from tfserving.model_store.saved_model.signatures import Signature, signatures_of
from tfserving.model_store.saved_model.wire import LENGTH_DELIMITED, MalformedError, fields, submessages
from tfserving.protos import saved_model_pb2 as pb

_META_GRAPHS: Final = pb.SavedModel.META_GRAPHS_FIELD_NUMBER
_GRAPH: Final = pb.MetaGraphDef.GRAPH_DEF_FIELD_NUMBER
_OBJECT_GRAPH: Final = 7
_NODE: Final = pb.GraphDef.NODE_FIELD_NUMBER
_LIBRARY: Final = pb.GraphDef.LIBRARY_FIELD_NUMBER
_FUNCTION: Final = pb.FunctionDefLibrary.FUNCTION_FIELD_NUMBER
_FUNCTION_NODE: Final = pb.FunctionDef.NODE_DEF_FIELD_NUMBER
_NAME: Final = pb.NodeDef.NAME_FIELD_NUMBER
_OP: Final = pb.NodeDef.OP_FIELD_NUMBER

# Ops whose values come out of variables/ when a model is loaded.
_VARIABLE_OPS: Final = frozenset(
    {
        b"VarHandleOp",
        b"VariableV2",
        b"Variable",
        b"AutoReloadVariable",
        b"MutableHashTable",
        b"MutableHashTableV2",
        b"MutableHashTableOfTensors",
        b"MutableHashTableOfTensorsV2",
        b"MutableDenseHashTable",
        b"MutableDenseHashTableV2",
    }
)
# The argument of a restoring function that takes the path of variables/, as tf.saved_model.save names it.
_PREFIX_ARGUMENT: Final = "file_prefix"


@dataclass(frozen=True)
class Graph:
    """One MetaGraph: the tags it is chosen by, what it can be asked, and what it reads from the folder.

    `restored` are the names it reads from variables/, as far as they stand in the graph.
    """

    tags: frozenset[str]
    signatures: Mapping[str, Signature]
    assets: tuple[str, ...]
    has_variables: bool
    restores: bool
    restored: frozenset[str]

    @property
    def needs_variables(self) -> bool:
        """Tell whether the model fails every request without its variables/."""
        return self.has_variables and self.restores


def parse_saved_model(content: memoryview) -> tuple[Graph, ...]:
    """Give the graphs of a saved_model.pb; raises MalformedError if it is cut off or something else."""
    return tuple(_graph(message) for message in submessages(content, _META_GRAPHS))


def _graph(message: memoryview) -> Graph:
    # A model's constants lie in its graph, which may be gigabytes: all but the graph is parsed, the graph is walked.
    light = bytearray()
    definitions = []
    for field in fields(message):
        if field.number == _GRAPH and field.wire_type == LENGTH_DELIMITED:
            definitions.append(field.content)
        elif field.number != _OBJECT_GRAPH:
            light += field.raw
    try:
        parsed = pb.MetaGraphDef.FromString(bytes(light))
    except DecodeError as error:
        raise MalformedError(f"has a graph that does not parse: {error}") from error
    has_variables, restored = _walk(definitions, parsed.saver_def.filename_tensor_name.partition(":")[0])
    return Graph(
        tags=frozenset(parsed.meta_info_def.tags),
        signatures=signatures_of(parsed),
        assets=tuple(asset.filename for asset in parsed.asset_file_def),
        has_variables=has_variables,
        restores=bool(parsed.saver_def.restore_op_name),
        restored=restored,
    )


def _walk(definitions: list[memoryview], prefix: str) -> tuple[bool, frozenset[str]]:
    has_variables, restored = False, set[str]()
    for nodes, prefix_name in _scopes(definitions, prefix):
        scope = _Scope()
        for node in nodes:
            scope.see(node)
        has_variables = has_variables or scope.has_variables
        restored |= scope.restored(prefix_name)
    return has_variables, frozenset(restored)


def _scopes(definitions: list[memoryview], prefix: str) -> Iterator[tuple[Iterator[memoryview], str]]:
    for definition in definitions:
        yield submessages(definition, _NODE), prefix
        for library in submessages(definition, _LIBRARY):
            for function in submessages(library, _FUNCTION):
                yield submessages(function, _FUNCTION_NODE), _PREFIX_ARGUMENT


class _Scope:
    """The nodes of a graph or of one function, among which inputs are named."""

    def __init__(self) -> None:
        self.has_variables = False
        self._restores: list[pb.NodeDef] = []
        self._names: dict[str, memoryview] = {}

    def see(self, node: memoryview) -> None:
        name, op = _name_and_op(node)
        if op in _VARIABLE_OPS:
            self.has_variables = True
        elif op == b"RestoreV2":
            self._restores.append(_parsed(node))
        elif op == b"Const" and name.endswith(b"tensor_names"):
            self._names[name.decode(errors="replace")] = node

    def restored(self, prefix: str) -> set[str]:
        """Give the names that are read from `prefix`: others may be of a checkpoint that training began with."""
        restores = [node for node in self._restores if len(node.input) > 1 and _node_of(node.input[0]) == prefix]
        names = {_node_of(node.input[1]) for node in restores} & self._names.keys()
        values = (_parsed(self._names[name]).attr["value"].tensor.string_val for name in names)
        return {value.decode(errors="replace") for strings in values for value in strings}


def _name_and_op(node: memoryview) -> tuple[bytes, bytes]:
    name = op = b""
    for field in fields(node):
        if field.number == _NAME:
            name = bytes(field.content)
        elif field.number == _OP:
            op = bytes(field.content)
            # Attributes follow, of which a constant's may be gigabytes of fields.
            break
    return name, op


def _node_of(tensor: str) -> str:
    return tensor.partition(":")[0]


def _parsed(node: memoryview) -> pb.NodeDef:
    try:
        return pb.NodeDef.FromString(bytes(node))
    except DecodeError as error:
        raise MalformedError(f"has a node that does not parse: {error}") from error
