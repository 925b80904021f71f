"""What a SavedModel's graphs hold, read without TensorFlow and without copying the graphs themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from google.protobuf.message import DecodeError

from tfserving.model_store.saved_model.nodes import node_of, walk
from tfserving.model_store.saved_model.signatures import Signature, signatures_of
from tfserving.model_store.saved_model.wire import LENGTH_DELIMITED, MalformedError, fields, submessages
from tfserving.protos import saved_model_pb2 as pb

_META_GRAPHS: Final = pb.SavedModel.META_GRAPHS_FIELD_NUMBER
_GRAPH: Final = pb.MetaGraphDef.GRAPH_DEF_FIELD_NUMBER
_OBJECT_GRAPH: Final = 7


@dataclass(frozen=True)
class Graph:
    """One MetaGraph: the tags it is chosen by, what it can be asked, and what it reads from the folder.

    `restored` are the names it reads from variables/, as far as they stand in the graph; `unfilled` are variables that
    its signatures read and nothing fills.
    """

    tags: frozenset[str]
    signatures: Mapping[str, Signature]
    assets: tuple[str, ...]
    has_variables: bool
    restores: bool
    restored: frozenset[str]
    unfilled: frozenset[str]

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
    nodes = walk(definitions, node_of(parsed.saver_def.filename_tensor_name))
    outputs = {node_of(info.name) for signature in parsed.signature_def.values() for info in signature.outputs.values()}
    return Graph(
        tags=frozenset(parsed.meta_info_def.tags),
        signatures=signatures_of(parsed),
        assets=tuple(asset.filename for asset in parsed.asset_file_def),
        has_variables=nodes.has_variables,
        restores=bool(parsed.saver_def.restore_op_name),
        restored=nodes.restored,
        unfilled=nodes.unfilled(parsed.saver_def.restore_op_name, outputs),
    )
