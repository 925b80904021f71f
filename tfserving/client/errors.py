"""What a server answered instead of a prediction, and what that usually means."""

from collections.abc import Mapping
from typing import Final

from tfserving.errors import TfServingError

REMEDIES: Final[Mapping[str, str]] = {
    "INVALID_ARGUMENT": "Compare model, label, signature and inputs with what the model has.",
    "NOT_FOUND": "The server does not serve this model or version; `tfs status` shows what it serves.",
    "UNAVAILABLE": "The server is loading its models, is not there, or does not admit this host.",
    "DEADLINE_EXCEEDED": "The server took longer than the time given; raise it, or look at the server's load.",
    "RESOURCE_EXHAUSTED": "The server has no free thread or the answer is too large; see grpc_max_threads.",
    "FAILED_PRECONDITION": "The version that is loaded cannot answer; was it published completely?",
}


class PredictionError(TfServingError):
    """A server refused or failed; `code` is the gRPC code's name, for REST the one its HTTP status stands for."""

    def __init__(self, model: str, code: str, text: str) -> None:
        self.code = code
        remedy = REMEDIES.get(code, "")
        super().__init__(f"{model}: {code}: {text.strip() or 'the server said no more.'} {remedy}".rstrip())


def model_name(model: str, version: int | None, label: str | None) -> str:
    """Name a model as asked for: `digits`, `digits/2` or `digits/live`.

    Raises TfServingError if both a version and a label are asked for.
    """
    if version is not None and label is not None:
        raise TfServingError(f"{model}: ask for version {version} or for label {label!r}, not for both.")
    chosen = version if version is not None else label
    return model if chosen is None else f"{model}/{chosen}"
