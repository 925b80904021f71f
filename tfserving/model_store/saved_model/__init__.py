"""What a SavedModel is and holds, read without TensorFlow: from a folder to facts and problems."""

from tfserving.model_store.saved_model.inspection import (
    SERVE,
    SavedModelError,
    files_of,
    folder_problems,
    read_graphs,
    read_signatures,
)
from tfserving.model_store.saved_model.signatures import Signature, Tensor

__all__ = [
    "SERVE",
    "SavedModelError",
    "Signature",
    "Tensor",
    "files_of",
    "folder_problems",
    "read_graphs",
    "read_signatures",
]
