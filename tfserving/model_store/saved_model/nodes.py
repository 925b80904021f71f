"""Walking the nodes of a graph and of its functions, of which all but a few are stepped over."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from google.protobuf.message import DecodeError

from tfserving.model_store.saved_model.wire import MalformedError, fields, submessages
from tfserving.protos import saved_model_pb2 as pb

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
_RESTORE: Final = b"RestoreV2"
_CALL: Final = b"StatefulPartitionedCall"
# Ops that may give a variable its value, or call a function that does.
_FILLING_OPS: Final = frozenset({_CALL, b"PartitionedCall", b"AssignVariableOp"})


@dataclass(frozen=True)
class Nodes:
    """What matters of a graph's nodes; `callers` are the inputs of those that could fill a variable, by their names."""

    has_variables: bool
    restored: frozenset[str]
    variables: frozenset[str]
    callers: Mapping[str, frozenset[str]]

    def unfilled(self, restore: str, outputs: Collection[str]) -> frozenset[str]:
        """Give the variables that go into the calls of signatures, and into no other that could fill them.

        Empty for graphs that do not restore by a call, as those of TensorFlow 1.
        """
        if restore not in self.callers:
            return frozenset()
        read = {name for caller in self.callers.keys() & outputs for name in self.callers[caller]}
        filled = {name for caller in self.callers.keys() - outputs for name in self.callers[caller]}
        return frozenset(read & self.variables - filled)


def walk(definitions: Collection[memoryview], prefix: str) -> Nodes:
    """Walk serialized GraphDefs, whose restoring nodes read the files that `prefix` names.

    Raises MalformedError for bytes that are no GraphDef.
    """
    graphs = [_scope(submessages(definition, _NODE)) for definition in definitions]
    functions = [_scope(nodes) for definition in definitions for nodes in _functions(definition)]
    restored = [scope.restored(prefix) for scope in graphs] + [scope.restored(_PREFIX_ARGUMENT) for scope in functions]
    return Nodes(
        has_variables=any(scope.has_variables for scope in (*graphs, *functions)),
        restored=frozenset().union(*restored),
        variables=frozenset().union(*(scope.handles for scope in graphs)),
        callers={name: inputs for scope in graphs for name, inputs in scope.callers.items()},
    )


def node_of(tensor: str) -> str:
    """Give the name of the node that a tensor comes out of."""
    return tensor.partition(":")[0]


def _functions(definition: memoryview) -> Iterator[Iterator[memoryview]]:
    for library in submessages(definition, _LIBRARY):
        for function in submessages(library, _FUNCTION):
            yield submessages(function, _FUNCTION_NODE)


def _scope(nodes: Iterator[memoryview]) -> "_Scope":
    scope = _Scope()
    for node in nodes:
        scope.see(node)
    return scope


class _Scope:
    """The nodes of a graph or of one function, among which inputs are named."""

    def __init__(self) -> None:
        self.has_variables = False
        self.handles: set[str] = set()
        self.callers: dict[str, frozenset[str]] = {}
        self._restores: list[pb.NodeDef] = []
        self._names: dict[str, memoryview] = {}

    def see(self, node: memoryview) -> None:
        name, op = _name_and_op(node)
        if op in _VARIABLE_OPS:
            self.has_variables = True
            self.handles.add(name.decode(errors="replace"))
        elif op == _RESTORE:
            self._restores.append(_parsed(node))
        elif op in _FILLING_OPS:
            parsed = _parsed(node)
            self.callers[parsed.name] = frozenset(map(node_of, parsed.input))
        elif op == b"Const" and name.endswith(b"tensor_names"):
            self._names[name.decode(errors="replace")] = node

    def restored(self, prefix: str) -> set[str]:
        """Give the names that are read from `prefix`: others may be of a checkpoint that training began with."""
        restores = [node for node in self._restores if len(node.input) > 1 and node_of(node.input[0]) == prefix]
        names = {node_of(node.input[1]) for node in restores} & self._names.keys()
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


def _parsed(node: memoryview) -> pb.NodeDef:
    try:
        return pb.NodeDef.FromString(bytes(node))
    except DecodeError as error:
        raise MalformedError(f"has a node that does not parse: {error}") from error
