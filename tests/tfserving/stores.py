"""An S3 in this process, and SavedModels small enough for it."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.tfserving import saved_models
from tfserving.model_store import FileEntry, Manifest, manifest_key, render_manifest, version_prefix

MODELS = "models-bucket"
CONFIGS = "configs-bucket"
WEIGHTS = b"weights" * 1000
FILES: Mapping[str, bytes] = {
    "saved_model.pb": saved_models.saved_model(saved_models.graph(variables=("weights",), assets=("words.txt",))),
    "variables/variables.index": saved_models.index({"weights": WEIGHTS}),
    "variables/variables.data-00000-of-00001": WEIGHTS,
    "assets/words.txt": b"",
}


def saved_model(folder: Path, files: Mapping[str, bytes] = FILES) -> Path:
    """Write a folder as tf.saved_model.save does."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def entry(path: str, content: bytes) -> FileEntry:
    """Describe a file."""
    return FileEntry(path, len(content), hashlib.sha256(content).hexdigest())


def manifest_of(files: Mapping[str, bytes] = FILES) -> Manifest:
    """Describe a version."""
    return Manifest(tuple(sorted(entry(path, content) for path, content in files.items())))


def put_version(client: Any, model: str, version: int, files: Mapping[str, bytes] = FILES) -> None:
    """Put a complete version into the store, without the code under test."""
    for path, content in files.items():
        client.put_object(Bucket=MODELS, Key=f"{version_prefix(model, version)}{path}", Body=content)
    body = render_manifest(manifest_of(files)).encode()
    client.put_object(Bucket=MODELS, Key=manifest_key(model, version), Body=body)


def keys(client: Any, bucket: str) -> list[str]:
    """List a bucket."""
    return [found["Key"] for found in client.list_objects_v2(Bucket=bucket).get("Contents", ())]
