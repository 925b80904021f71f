"""Whether variables/ holds what its index says, and what the graph reads from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from google.protobuf.message import DecodeError

from tfserving.errors import Problem
from tfserving.model_store.saved_model.checksums import masked_crc32c
from tfserving.model_store.saved_model.folder import Files
from tfserving.model_store.saved_model.graph import Graph
from tfserving.model_store.saved_model.table import read_table
from tfserving.model_store.saved_model.wire import MalformedError
from tfserving.protos import saved_model_pb2 as pb

INDEX: Final = "variables/variables.index"
_DATA: Final = "variables/variables.data-"
_HEADER_KEY: Final = b""
# The version of TensorFlow's bundles this knows; no other has been written since 2016.
_BUNDLE_VERSION: Final = 1
# Their checksum is not that of the bytes as they lie in the shard.
_OTHER_CHECKSUMS: Final = frozenset({pb.DT_STRING, pb.DT_RESOURCE, pb.DT_VARIANT})
_COPY: Final = "Copy variables/ again from where the model was saved."
_MOST_NAMED: Final = 3
# As many as a shard's name has digits for.
_MOST_SHARDS: Final = 99_999
_READ_BYTES: Final = 1 << 20


@dataclass(frozen=True)
class Index:
    """The index of variables/: how many shards there are, and where each tensor lies in them."""

    shards: int
    entries: Mapping[str, pb.BundleEntryProto]

    def shard(self, number: int) -> str:
        """Give the path of a shard below the model's folder."""
        return f"{_DATA}{number:05d}-of-{self.shards:05d}"


def parse_index(content: bytes) -> Index:
    """Read an index; raises MalformedError if it is damaged, or written for servers newer than this project."""
    try:
        table = dict(read_table(content))
        if _HEADER_KEY not in table:
            raise MalformedError("has no header")
        header = pb.BundleHeaderProto.FromString(table.pop(_HEADER_KEY))
        entries = {key.decode(errors="replace"): pb.BundleEntryProto.FromString(value) for key, value in table.items()}
    except DecodeError as error:
        raise MalformedError(f"has an entry that does not parse: {error}") from error
    if not 0 <= header.num_shards <= _MOST_SHARDS or any(e.offset < 0 or e.size < 0 for e in entries.values()):
        raise MalformedError("has numbers that no model has")
    if header.version.min_consumer > _BUNDLE_VERSION:
        raise MalformedError(
            f"needs a reader of version {header.version.min_consumer}, where {_BUNDLE_VERSION} is known"
        )
    return Index(header.num_shards, entries)


def variable_problems(files: Files, graph: Graph | None, *, values: bool = True) -> Iterator[Problem]:
    """List what is wrong with variables/; without a graph, what can be told without one.

    Without `values` the shards' sizes are looked at, and not what is in them.
    """
    where = str(files.root)
    has_data = any(name.startswith(_DATA) for name in files.paths)
    if INDEX in files.paths:
        yield from _index_problems(files, graph, values)
    elif not files.lacks(INDEX):
        return
    elif has_data:
        # Without its index TensorFlow takes the model for one without variables, loads it, and fails every request
        # (tensorflow/serving#1086).
        yield Problem(where, f"has variables but no {INDEX}: the copy is not complete. {_COPY}")
    elif graph and graph.needs_variables:
        yield Problem(
            where,
            f"has no {INDEX}, though its graph has variables: a server would load it and fail every request. {_COPY}",
        )


def _index_problems(files: Files, graph: Graph | None, values: bool) -> Iterator[Problem]:
    path = files.readable(INDEX)
    if path is None:
        return
    try:
        index = parse_index(path.read_bytes())
    except MalformedError as error:
        yield Problem(str(path), f"{error}. {_COPY}")
        return
    yield from (Problem(str(path), f"{mistake}. {_COPY}") for mistake in _mistakes(index, files, graph))
    for number in range(index.shards):
        name = index.shard(number)
        if shard := files.readable(name):
            entries = {key: entry for key, entry in index.entries.items() if entry.shard_id == number}
            yield from (
                Problem(str(shard), f"{mistake}. {_COPY}") for mistake in _shard_mistakes(shard, entries, values)
            )


def _mistakes(index: Index, files: Files, graph: Graph | None) -> Iterator[str]:
    wanted = [index.shard(number) for number in range(index.shards)]
    there = sorted(name for name in files.paths if name.startswith(_DATA))
    if missing := [name for name in wanted if files.lacks(name)]:
        beside = f"there is only {some(there)}" if there else "there is no data at all"
        yield f"counts {index.shards} in all of variables.data, of which {some(missing)} is missing; {beside}"
    if strays := sorted(name for name, entry in index.entries.items() if not 0 <= entry.shard_id < index.shards):
        yield f"puts {some(strays)} into shards beyond the {index.shards} that it counts"
    if graph and (lacking := sorted(graph.restored - index.entries.keys())):
        yield f"has no {some(lacking)}, which the graph restores: it belongs to another model"


def _shard_mistakes(shard: Path, entries: Mapping[str, pb.BundleEntryProto], values: bool) -> Iterator[str]:
    needed = max((entry.offset + entry.size for entry in entries.values()), default=0)
    size = shard.stat().st_size
    if size < needed:
        yield f"has {size} bytes, but its index needs {needed}: the copy was cut off"
    elif values and (damaged := sorted(_damaged(shard, entries))):
        yield f"holds other values of {some(damaged)} than were saved: their checksums differ"


def _damaged(shard: Path, entries: Mapping[str, pb.BundleEntryProto]) -> Iterator[str]:
    with shard.open("rb") as file:
        for key, entry in sorted(entries.items(), key=lambda item: item[1].offset):
            # Every tensor has a checksum; a key that only lists the slices of a tensor has neither bytes nor checksum.
            if entry.dtype in _OTHER_CHECKSUMS or not entry.size:
                continue
            file.seek(entry.offset)
            if masked_crc32c(_pieces(file, entry.size)) != entry.crc32c:
                yield key


def _pieces(file: BinaryIO, size: int) -> Iterator[bytes]:
    while size > 0 and (piece := file.read(min(size, _READ_BYTES))):
        size -= len(piece)
        yield piece


def some(names: list[str]) -> str:
    """Name a few, and count the rest."""
    rest = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(map(repr, names[:_MOST_NAMED])) + rest
