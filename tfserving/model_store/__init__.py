"""The model store: a bucket with `models/<model>/<version>/`, in which a published version never changes."""

from tfserving.model_store.layout import MODEL_NAME, manifest_key, version_prefix
from tfserving.model_store.manifest import FileEntry, Manifest, parse_manifest, render_manifest
from tfserving.model_store.publishing import publish
from tfserving.model_store.reading import list_versions, read_manifest
from tfserving.model_store.saved_model import Signature, Tensor, folder_problems, read_signatures

__all__ = [
    "MODEL_NAME",
    "FileEntry",
    "Manifest",
    "Signature",
    "Tensor",
    "folder_problems",
    "list_versions",
    "manifest_key",
    "parse_manifest",
    "publish",
    "read_manifest",
    "read_signatures",
    "render_manifest",
    "version_prefix",
]
