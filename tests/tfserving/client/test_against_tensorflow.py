"""The client's tensors as TensorFlow itself reads and writes them."""

from typing import Any

import ml_dtypes
import numpy as np
import pytest

from tfserving.client.arrays import as_array
from tfserving.client.element_types import BY_NUMBER, ElementType
from tfserving.client.tensors import write
from tfserving.protos.serving_api_pb2 import TensorProto

VALUES: dict[str, list[Any]] = {
    "string": ["ä", b"\xff\0"],
    "bool": [True, False],
    "complex64": [1.5, -2j],
    "complex128": [1.5, -2j],
    "int4": [-8, 7],
    "int2": [-2, 1],
}


def as_tensorflow_reads(tensor: TensorProto) -> Any:
    """Let TensorFlow's own runtime read a tensor, as a constant of a graph."""
    import tensorflow as tf
    from tensorflow.core.framework import attr_value_pb2, node_def_pb2, tensor_pb2

    node = node_def_pb2.NodeDef(name="constant", op="Const")
    node.attr["dtype"].CopyFrom(attr_value_pb2.AttrValue(type=tensor.dtype))
    node.attr["value"].tensor.CopyFrom(tensor_pb2.TensorProto.FromString(tensor.SerializeToString()))
    with tf.Graph().as_default() as graph, tf.compat.v1.Session(graph=graph) as session:
        tf.import_graph_def(tf.compat.v1.GraphDef(node=[node]), name="")
        return session.run("constant:0")


@pytest.mark.slow
def test_tensorflow_reads_every_type_as_it_was_given() -> None:
    for element in BY_NUMBER.values():
        values = VALUES.get(element.name, [1, 0])
        tensor = TensorProto()
        write(as_array("x", element, values), element, tensor)
        found = as_tensorflow_reads(tensor)
        wanted = [value.encode() if isinstance(value, str) else value for value in values]
        assert found.tolist() == wanted, element.name


@pytest.mark.slow
@pytest.mark.parametrize(
    "element", [element for element in BY_NUMBER.values() if element.small], ids=lambda element: element.name
)
def test_tensorflow_reads_the_arrays_of_ml_dtypes(element: ElementType) -> None:
    given = np.array([0.5, -1.5, 2]).astype(getattr(ml_dtypes, element.name))
    tensor = TensorProto()
    write(as_array("x", element, given), element, tensor)
    np.testing.assert_array_equal(as_tensorflow_reads(tensor), given)
