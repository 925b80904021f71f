"""What a folder or file is that is no SavedModel, and what to do with it instead."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from tfserving.model_store.saved_model.wire import LENGTH_DELIMITED, MalformedError, fields

SAVED_MODELS: Final = ("saved_model.pb", "saved_model.pbtxt")
_HEAD_BYTES: Final = 512
_DEPTH: Final = 3
_MOST_NAMED: Final = 5
_PARTS: Final = frozenset({"variables", "assets", "assets.extra"})

_EXPORT: Final = "Load it with keras.models.load_model and write a SavedModel with model.export()."
_CONVERT: Final = "Build the model with TensorFlow and write a SavedModel with tf.saved_model.save."
_UNPACK: Final = "Unpack it and name the folder in it that has saved_model.pb."
_COPY: Final = "Copy it again from where it was saved."
_IMPORT: Final = "Import it with tf.import_graph_def and write a SavedModel with tf.compat.v1.saved_model.simple_save."


@dataclass(frozen=True)
class Lookalike:
    """What something is, and the way from it to a SavedModel."""

    what: str
    remedy: str


_KERAS: Final = Lookalike("a Keras model", _EXPORT)
_HDF5: Final = Lookalike("a Keras model or weights in HDF5", _EXPORT)
_ARCHIVE: Final = Lookalike("an archive", _UNPACK)
_ZIP: Final = Lookalike("a zip archive, as .keras files are", f"{_EXPORT} If it is another archive: {_UNPACK}")
_CHECKPOINT: Final = Lookalike(
    "a training checkpoint, which has values but no graph",
    "Build the model, restore the checkpoint, and write a SavedModel with tf.saved_model.save or model.export().",
)
_GRAPH: Final = Lookalike("a graph without signatures, such as a frozen GraphDef", _IMPORT)

_BY_SUFFIX: Final[Mapping[str, Lookalike]] = {
    ".keras": _KERAS,
    ".h5": _HDF5,
    ".hdf5": _HDF5,
    ".zip": _ARCHIVE,
    ".tar": _ARCHIVE,
    ".gz": _ARCHIVE,
    ".tgz": _ARCHIVE,
    ".ckpt": _CHECKPOINT,
    ".index": _CHECKPOINT,
    ".meta": _CHECKPOINT,
    ".tflite": Lookalike("a TensorFlow Lite model", _CONVERT),
    ".onnx": Lookalike("an ONNX model", _CONVERT),
    ".pt": Lookalike("a PyTorch model", _CONVERT),
    ".pth": Lookalike("a PyTorch model", _CONVERT),
    ".safetensors": Lookalike("a file of weights", _CONVERT),
    ".cpb": Lookalike(
        "a SavedModel in pieces, which this check does not read",
        "Save it with experimental_image_format=False, and keep its weights in variables.",
    ),
    ".pb": _GRAPH,
}
_BY_NAME: Final[Mapping[str, Lookalike]] = {
    "checkpoint": _CHECKPOINT,
    "model.weights.h5": Lookalike("an unpacked .keras file", _EXPORT),
    "model.json": Lookalike("a TensorFlow.js model", _CONVERT),
}
_BY_START: Final[tuple[tuple[int, bytes, Lookalike], ...]] = (
    (0, b"version https://git-lfs", Lookalike("a Git LFS pointer and not the file itself", "Run `git lfs pull`.")),
    (0, b"\x89HDF\r\n\x1a\n", _HDF5),
    (0, b"PK\x03\x04", _ZIP),
    (0, b"\x1f\x8b", Lookalike("an archive, packed with gzip", _UNPACK)),
    (257, b"ustar", _ARCHIVE),
    (4, b"TFL3", _BY_SUFFIX[".tflite"]),
    (0, b"<", Lookalike("a page of HTML or XML: an error was saved in place of a download", _COPY)),
    (0, b"{", Lookalike("JSON", _COPY)),
    (0, b"saved_model_schema_version", Lookalike("a SavedModel in text form", "Name it saved_model.pbtxt.")),
    (0, b"meta_graphs", Lookalike("a SavedModel in text form", "Name it saved_model.pbtxt.")),
    (0, bytes(64), Lookalike("a file of zeros, as an interrupted copy leaves it", _COPY)),
)


def file_lookalike(path: Path) -> Lookalike | None:
    """Tell what a file is by how it begins, or by the end of its name; None if neither is known."""
    by_start, by_suffix = _by_start(path), _BY_SUFFIX.get(path.suffix.lower())
    return by_suffix if by_suffix and by_start in (None, _ZIP) else by_start


def content_lookalike(path: Path, content: memoryview) -> Lookalike | None:
    """Tell what a file named saved_model.pb is in truth; None if it may well be a SavedModel."""
    return _by_start(path) or (_GRAPH if _is_graph(content) else None)


def _by_start(path: Path) -> Lookalike | None:
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    return next((known for offset, start, known in _BY_START if head.startswith(start, offset)), None)


def _is_graph(content: memoryview) -> bool:
    # A SavedModel begins with the number of its format, a GraphDef or a MetaGraphDef with a message.
    try:
        first = next(fields(content), None)
    except MalformedError:
        return False
    return first is not None and (first.number, first.wire_type) == (1, LENGTH_DELIMITED)


def folder_hint(folder: Path) -> str:
    """Say what to name instead of a folder without a saved_model.pb, as the end of a sentence and the next one."""
    if below := list(islice(_below(folder, _DEPTH), _MOST_NAMED)):
        listed = ", ".join(repr(str(path.relative_to(folder))) for path in below)
        return f", but below it {listed} {'has' if len(below) == 1 else 'have'} one: name {below[0]}, not one above it."
    if folder.resolve().name in _PARTS and any((folder.resolve().parent / name).is_file() for name in SAVED_MODELS):
        return f": it is a part of one. Name the folder above it, {folder.resolve().parent}."
    names = sorted(entry.name for entry in _entries(folder))
    for name in names:
        if name.lower() in SAVED_MODELS and name not in SAVED_MODELS:
            return f", but {name!r}. Rename it: TensorFlow minds upper and lower case."
        if known := _BY_NAME.get(name) or _BY_SUFFIX.get(Path(name).suffix.lower()):
            return f", but {name!r}, {known.what}. {known.remedy}"
    if not names:
        return ": it is empty. Name the folder that tf.saved_model.save wrote."
    return ". Name the folder that tf.saved_model.save or model.export() wrote."


def _below(folder: Path, depth: int) -> Iterator[Path]:
    children = [Path(entry.path) for entry in _entries(folder) if entry.is_dir(follow_symlinks=False)]
    for child in sorted(children, key=_by_number):
        if any((child / name).is_file() for name in SAVED_MODELS):
            yield child
        elif depth > 1:
            yield from _below(child, depth - 1)


def _by_number(path: Path) -> tuple[int, int, str]:
    """Put the newest version first: who names the folder of versions means it."""
    digits = path.name.isascii() and path.name.isdecimal()
    return (0, -int(path.name), "") if digits and len(path.name) < 20 else (1, 0, path.name)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        return list(os.scandir(folder))
    except OSError:
        # Whoever walks the folder says so.
        return []
