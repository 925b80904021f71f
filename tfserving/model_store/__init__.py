"""The model store: a bucket with `models/<model>/<version>/`, in which a published version never changes."""

from tfserving.model_store.adopting import AdoptError, adopt
from tfserving.model_store.facts import Facts, Ledger
from tfserving.model_store.layout import MODEL_NAME, manifest_key, version_prefix
from tfserving.model_store.leftovers import Leftover, clean, leftovers
from tfserving.model_store.manifest import FileEntry, Manifest, digest_of, parse_manifest, render_manifest
from tfserving.model_store.publishing import publish
from tfserving.model_store.reading import list_models, list_versions, read_manifest
from tfserving.model_store.saved_model import Signature, Tensor, folder_problems, read_signatures
from tfserving.model_store.stored_graph import stored_signatures

__all__ = [
    "MODEL_NAME",
    "AdoptError",
    "Facts",
    "FileEntry",
    "Ledger",
    "Leftover",
    "Manifest",
    "Signature",
    "Tensor",
    "adopt",
    "clean",
    "digest_of",
    "folder_problems",
    "leftovers",
    "list_models",
    "list_versions",
    "manifest_key",
    "parse_manifest",
    "publish",
    "read_manifest",
    "read_signatures",
    "render_manifest",
    "stored_signatures",
    "version_prefix",
]
