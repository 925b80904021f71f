"""The SavedModel of a version in the store, read without the files beside it."""

import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tfserving.errors import Problem
from tfserving.model_store.layout import version_prefix
from tfserving.model_store.manifest import SAVED_MODELS
from tfserving.model_store.saved_model import (
    SERVE,
    SavedModelError,
    Signature,
    folder_problems,
    read_graphs,
    read_signatures,
)
from tfserving.model_store.stored import StoredFile, stored_files

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# What folder_problems reads beside the graph.
_READ: Final = frozenset(
    {"variables/variables.index", "assets.extra/tf_serving_warmup_requests", "batching_params.pbtxt"}
)


def stored_signatures(
    client: "S3Client", bucket: str, model: str, version: int, tags: Collection[str] = SERVE
) -> dict[str, Signature]:
    """Give the signatures of a version in the store; raises SavedModelError if there is no such graph."""
    found = [file for file in stored_files(client, bucket, model, version) if file.path in SAVED_MODELS]
    with tempfile.TemporaryDirectory(prefix="tfs-") as folder:
        for file in found:
            _fetch(client, bucket, model, version, file, Path(folder))
        return read_signatures(Path(folder), tags)


def stored_problems(
    client: "S3Client",
    bucket: str,
    model: str,
    version: int,
    files: Sequence[StoredFile],
    tags: Collection[str] = SERVE,
) -> list[Problem]:
    """List what keeps files in the store from being a SavedModel that servers can load, named by their URL.

    Only the small files that describe others are fetched; of the others the size counts.
    """
    with tempfile.TemporaryDirectory(prefix="tfs-") as name:
        folder = Path(name)
        for file in files:
            if file.path in _READ or file.path in SAVED_MODELS:
                _fetch(client, bucket, model, version, file, folder)
            else:
                _stand_in(folder / file.path, file.size)
        problems = folder_problems(folder, tags, values=False)
    address = f"s3://{bucket}/{version_prefix(model, version)}"
    return [
        Problem(problem.where.replace(f"{name}/", address).replace(name, address), problem.message)
        for problem in problems
    ]


def _stand_in(path: Path, size: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        # A hole: it has the size and takes no place.
        file.truncate(size)


def is_saved_model(client: "S3Client", bucket: str, model: str, version: int, file: StoredFile) -> bool:
    """Tell whether a file in the store is a whole saved_model.pb or its text form."""
    with tempfile.TemporaryDirectory(prefix="tfs-") as folder:
        path = _fetch(client, bucket, model, version, file, Path(folder))
        try:
            return bool(read_graphs(path))
        except SavedModelError:
            return False


def _fetch(client: "S3Client", bucket: str, model: str, version: int, file: StoredFile, folder: Path) -> Path:
    path = folder / file.path
    path.parent.mkdir(parents=True, exist_ok=True)
    client.download_file(bucket, f"{version_prefix(model, version)}{file.path}", str(path))
    return path
