"""What graphs hold."""

import contextlib
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tfserving.saved_models import Graph, graph, saved_model
from tfserving.model_store.saved_model.graph import Graph as Found
from tfserving.model_store.saved_model.graph import parse_saved_model
from tfserving.model_store.saved_model.wire import MalformedError


def read(made: Graph) -> Found:
    """Read a model of one graph."""
    (found,) = parse_saved_model(memoryview(saved_model(made)))
    return found


def test_the_facts_of_a_graph_are_found() -> None:
    found = read(graph(("serve", "tpu"), variables=("a", "b"), assets=("words.txt",)))
    assert found.tags == {"serve", "tpu"}
    assert list(found.signatures) == ["serving_default"]
    assert found.assets == ("words.txt",)
    assert found.restored == {"a", "b"}
    assert found.needs_variables


def test_variables_in_functions_count() -> None:
    made = graph()
    made.saver_def.restore_op_name = "restore"
    function = made.graph_def.library.function.add()
    function.node_def.add(name="v", op="VarHandleOp")
    assert read(made).needs_variables


@pytest.mark.parametrize("op", ["VariableV2", "Variable", "MutableHashTableV2", "MutableDenseHashTableV2"])
def test_everything_that_a_checkpoint_fills_is_a_variable(op: str) -> None:
    made = graph()
    made.graph_def.node.add(name="v", op=op)
    assert read(made).has_variables


def test_a_graph_that_restores_nothing_needs_no_variables() -> None:
    made = graph()
    made.graph_def.node.add(name="v", op="VarHandleOp")
    assert not read(made).needs_variables
    made = graph(variables=("v",))
    made.graph_def.node[0].op = "HashTableV2"
    assert not read(made).needs_variables


def test_what_a_function_restores_from_the_models_own_folder_is_found() -> None:
    made = graph()
    function = made.graph_def.library.function.add()
    function.node_def.add(name="r", op="RestoreV2", input=["file_prefix", "r/tensor_names:output:0"])
    function.node_def.add(name="r/tensor_names", op="Const").attr["value"].tensor.string_val.append(b"w")
    assert read(made).restored == {"w"}


def test_what_is_restored_from_elsewhere_is_none_of_the_models() -> None:
    made = graph(variables=("own",))
    made.graph_def.node.add(name="i", op="RestoreV2", input=["checkpoint_initializer/prefix", "init/tensor_names"])
    made.graph_def.node.add(name="init/tensor_names", op="Const").attr["value"].tensor.string_val.append(b"other")
    assert read(made).restored == {"own"}


def test_variables_that_signatures_read_and_nothing_fills_are_found() -> None:
    made = graph()
    made.saver_def.restore_op_name = "restore"
    for name in ("filled", "initialized", "twin", "unread"):
        made.graph_def.node.add(name=name, op="VarHandleOp")
    made.graph_def.node.add(name="restore", op="StatefulPartitionedCall", input=["prefix", "filled:0"])
    made.graph_def.node.add(name="init", op="PartitionedCall", input=["initialized"])
    made.graph_def.node.add(name="f", op="StatefulPartitionedCall", input=["x", "filled", "initialized", "twin"])
    made.signature_def["serving_default"].outputs["y"].name = "f:0"
    assert read(made).unfilled == {"twin"}
    made.saver_def.restore_op_name = "save/restore_all"
    assert read(made).unfilled == frozenset()


def test_a_graph_of_gigabytes_would_not_be_copied() -> None:
    made = graph()
    made.graph_def.node.add(name="c", op="Const").attr["value"].tensor.string_val.append(bytes(32 << 20))
    content = memoryview(saved_model(made))
    tracemalloc.start()
    parse_saved_model(content)
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


def test_a_hundred_thousand_nodes_are_walked_in_seconds() -> None:
    made = graph()
    for number in range(100_000):
        made.graph_def.node.add(name=f"node/{number}", op="MatMul", input=["a", "b"])
    content = memoryview(saved_model(made))
    began = time.monotonic()
    parse_saved_model(content)
    assert time.monotonic() - began < 10


@given(st.binary())
def test_any_bytes_are_a_model_or_refused(content: bytes) -> None:
    with contextlib.suppress(MalformedError):
        parse_saved_model(memoryview(content))


@given(st.data())
def test_a_model_with_a_byte_changed_is_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(saved_model(graph(variables=("v",), assets=("words.txt",))))
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(MalformedError):
        parse_saved_model(memoryview(bytes(content)))
