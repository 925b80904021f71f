"""What a folder must have to be served."""

from collections.abc import Iterator
from pathlib import Path

from tfserving.errors import Problem
from tfserving.model_store.manifest import SAVED_MODEL, is_safe


def folder_problems(folder: Path) -> list[Problem]:
    """List what keeps a folder from being a SavedModel that servers can load."""
    return [Problem(str(folder), message) for message in _mistakes(folder)]


def _mistakes(folder: Path) -> Iterator[str]:
    if not folder.is_dir():
        yield "is not a folder. Name the folder that tf.saved_model.save wrote."
        return
    if not (folder / SAVED_MODEL).is_file():
        yield f"has no {SAVED_MODEL}. Name the folder that tf.saved_model.save wrote, not one above it."
    variables = folder / "variables"
    has_data = variables.is_dir() and any(variables.glob("variables.data-*"))
    # Without its index TensorFlow takes the model for one without variables, loads it, and fails every request
    # (tensorflow/serving#1086).
    if has_data and not (variables / "variables.index").is_file():
        yield "has variables but no variables/variables.index: the copy is not complete."
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder).as_posix()
        if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
            yield f"has the link {relative!r}, which leads out of it."
        elif path.is_file() and not is_safe(relative):
            yield f"has the file {relative!r}, whose name the store cannot hold."


def files_of(folder: Path) -> list[Path]:
    """Give every file of a folder, sorted."""
    return sorted(path for path in folder.rglob("*") if path.is_file())
