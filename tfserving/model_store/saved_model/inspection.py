"""Everything that keeps a folder from being served, found before it costs a version's number."""

import mmap
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from google.protobuf import text_format

from tfserving.errors import Problem, ProblemsError
from tfserving.model_store.saved_model.folder import Files, walk
from tfserving.model_store.saved_model.graph import Graph, parse_saved_model
from tfserving.model_store.saved_model.lookalikes import SAVED_MODELS, content_lookalike, file_lookalike, folder_hint
from tfserving.model_store.saved_model.signatures import Signature
from tfserving.model_store.saved_model.variables import some, variable_problems
from tfserving.model_store.saved_model.warmup import warmup_problems
from tfserving.model_store.saved_model.wire import MalformedError
from tfserving.protos import saved_model_pb2 as pb
from tfserving.server_configs.batching import check_batching

# What servers look for, unless their flag saved_model_tags says otherwise.
SERVE: Final = frozenset({"serve"})
# Read by servers with the flag enable_per_model_batching_parameters.
_BATCHING: Final = "batching_params.pbtxt"
# Protocol buffers cannot hold more.
_MAX_BYTES: Final = (1 << 31) - 1
_PLACE: Final = re.compile(r"(\d+):(\d+) : (.*)", re.DOTALL)
_SAVE: Final = "Save the model again with tf.saved_model.save or model.export()."


class SavedModelError(ProblemsError):
    """A folder is no SavedModel that servers can load."""


def folder_problems(folder: Path, tags: Collection[str] = SERVE, *, values: bool = True) -> list[Problem]:
    """List what keeps a folder from being a SavedModel that servers can load and clients can ask.

    `tags` are those of the server's flag saved_model_tags. Without `values`, the variables' values are not looked at.
    """
    try:
        return list(_problems(folder, frozenset(tags), values))
    except OSError as error:
        # Whatever could be read a moment ago: it is being written, or its disk is gone.
        return [
            Problem(str(error.filename or folder), f"cannot be read: {error.strerror}. Publish it when it is whole.")
        ]


def read_signatures(folder: Path, tags: Collection[str] = SERVE) -> dict[str, Signature]:
    """Give the signatures of a SavedModel by name, with types and shapes.

    Raises SavedModelError if it cannot be read or has no graph with just these tags.
    """
    files = walk(folder)
    problems: list[Problem] = []
    graph = _chosen(files, frozenset(tags), problems)
    if graph is None:
        raise SavedModelError(problems or files.problems)
    return dict(graph.signatures)


def read_graphs(path: Path) -> tuple[Graph, ...]:
    """Give the graphs of a saved_model.pb or saved_model.pbtxt; raises SavedModelError if it is none or not whole."""
    return _read_text(path) if path.suffix == ".pbtxt" else _read_binary(path)


def files_of(folder: Path) -> list[Path]:
    """Give every file of a folder, links followed, sorted by their path below it."""
    return list(walk(folder).paths.values())


def _problems(folder: Path, tags: frozenset[str], values: bool) -> Iterator[Problem]:
    if not folder.is_dir():
        yield Problem(str(folder), _no_folder(folder))
        return
    files = walk(folder)
    problems: list[Problem] = []
    graph = _chosen(files, tags, problems)
    yield from files.problems
    yield from problems
    if graph and not graph.signatures:
        yield Problem(str(folder), f"has no signature that a request could name. {_SAVE[:-1]}, with signatures=.")
    if graph:
        yield from _asset_problems(files, graph)
        yield from _unfilled_problems(files, graph)
    yield from variable_problems(files, graph, values=values)
    yield from warmup_problems(files, graph)
    yield from _batching_problems(files)


def _no_folder(path: Path) -> str:
    if not path.exists():
        return "is not a folder: there is nothing of that name. Name the folder that tf.saved_model.save wrote."
    if path.name in SAVED_MODELS:
        return f"is not a folder. Name the folder it lies in, {path.absolute().parent}."
    # Opening a pipe would wait for its writer.
    known = file_lookalike(path) if path.is_file() else None
    if known:
        return f"is not a folder but {known.what}. {known.remedy}"
    return "is not a folder. Name the folder that tf.saved_model.save wrote."


def _chosen(files: Files, tags: frozenset[str], problems: list[Problem]) -> Graph | None:
    """Give the graph that servers would load; None, and a problem, if there is none."""
    name = next((name for name in SAVED_MODELS if name in files.paths), None)
    if name is None:
        if files.lacks(SAVED_MODELS[0]):
            problems.append(Problem(str(files.root), f"has no {SAVED_MODELS[0]}{folder_hint(files.root)}"))
        return None
    path = files.readable(name)
    if path is None:
        return None
    try:
        graphs = read_graphs(path)
    except SavedModelError as error:
        problems += error.problems
        return None
    graph = next((graph for graph in graphs if graph.tags == tags), None)
    if graph is None:
        problems.append(Problem(str(path), _no_graph(graphs, tags)))
    return graph


def _no_graph(graphs: tuple[Graph, ...], tags: frozenset[str]) -> str:
    wanted = ",".join(sorted(tags))
    if not graphs:
        return f"holds no graph. {_SAVE}"
    found = "; ".join(",".join(sorted(graph.tags)) or "no tag" for graph in graphs)
    return (
        f"has no graph tagged {wanted!r} and nothing else, but graphs tagged {found!r}. Save it with that tag, "
        "or give the server's flag saved_model_tags the tags of one of them and name them here, too."
    )


def _read_binary(path: Path) -> tuple[Graph, ...]:
    size = path.stat().st_size
    if not size:
        raise _refusal(path, "is empty: the copy is not complete. Copy it again.")
    if size > _MAX_BYTES:
        raise _refusal(
            path, f"has {size} bytes, more than the 2 GiB TensorFlow can read. Keep its weights in variables."
        )
    with path.open("rb") as file:
        content = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    if known := content_lookalike(path, content):
        raise _refusal(path, f"is no SavedModel but {known.what}. {known.remedy}")
    try:
        return parse_saved_model(content)
    except MalformedError as error:
        raise _refusal(path, f"is no whole SavedModel: it {error}. Copy it again from where it was saved.") from error


def _read_text(path: Path) -> tuple[Graph, ...]:
    try:
        # Fields that matter to nobody who only serves are stepped over.
        message = text_format.Parse(path.read_bytes(), pb.SavedModel(), allow_unknown_field=True)
    except (text_format.ParseError, UnicodeDecodeError, RecursionError) as error:
        place = _PLACE.fullmatch(str(error))
        where = f"{path}:{place[1]}:{place[2]}" if place else str(path)
        text = place[3] if place else str(error)
        raise SavedModelError(
            [Problem(where, f"is no SavedModel in text form: {text.rstrip('.')}. {_SAVE}")]
        ) from error
    return parse_saved_model(memoryview(message.SerializeToString()))


def _asset_problems(files: Files, graph: Graph) -> Iterator[Problem]:
    for asset in sorted(set(graph.assets)):
        name = f"assets/{asset}"
        if files.lacks(name):
            yield Problem(str(files.root), f"has no {name!r}, which its graph reads. Copy it from where it was saved.")


def _unfilled_problems(files: Files, graph: Graph) -> Iterator[Problem]:
    # tf.saved_model.save of a Keras 3 model restores twins of its variables: seen on TensorFlow 2.21.
    if graph.unfilled:
        yield Problem(
            str(files.root),
            f"has signatures that read {some(sorted(graph.unfilled))}, which loading does not restore: a server would "
            "load it and fail every request. Write a Keras model with model.export(), not with tf.saved_model.save.",
        )


def _batching_problems(files: Files) -> Iterator[Problem]:
    if path := files.readable(_BATCHING):
        yield from check_batching(path.read_bytes().decode(errors="replace"), str(path))


def _refusal(path: Path, message: str) -> SavedModelError:
    return SavedModelError([Problem(str(path), message)])
