"""What was not sent and why, what a server answered instead of a prediction, and what that usually means."""

from collections.abc import Iterable, Mapping
from typing import Final

from tfserving.errors import ProblemsError, TfServingError

REMEDIES: Final[Mapping[str, str]] = {
    "INVALID_ARGUMENT": "Compare model, label, signature and inputs with what the model has.",
    "NOT_FOUND": "The server does not serve this model or version; `tfs status` shows what it serves.",
    "UNAVAILABLE": "The server is loading its models, is not there, or does not admit this host.",
    "DEADLINE_EXCEEDED": "The server took longer than the time given; raise it, or look at the server's load.",
    "RESOURCE_EXHAUSTED": "The server has no free thread or the answer is too large; see grpc_max_threads.",
    "FAILED_PRECONDITION": "The version that is loaded cannot answer; was it published completely?",
    "UNIMPLEMENTED": "The server does not offer this. Over REST it takes fewer types than over gRPC.",
    "UNAUTHENTICATED": "Something before the server wants credentials; TensorFlow Serving itself asks for none.",
    "PERMISSION_DENIED": "Something before the server admits this host not; TensorFlow Serving itself refuses nobody.",
}


class PredictionError(TfServingError):
    """A server refused or failed; `code` is the gRPC code's name, for REST the one its HTTP status stands for."""

    def __init__(self, model: str, code: str, text: str, remedy: str | None = None) -> None:
        self.code = code
        self.text = text
        advice = REMEDIES.get(code, "") if remedy is None else remedy
        super().__init__(f"{model}: {code}: {text.strip() or 'the server said no more.'} {advice}".rstrip())


class AnswerError(PredictionError):
    """An answer came that is not TensorFlow Serving's, or not the one the model's signature promises."""

    def __init__(self, model: str, text: str, remedy: str = "Is it TensorFlow Serving that answers there?") -> None:
        super().__init__(model, "INTERNAL", text, remedy)


class InputsError(ProblemsError):
    """Inputs were refused before anything was sent; carries every problem found."""


class RefusedValueError(TfServingError):
    """A value does not fit its type or shape; each message names its position."""

    def __init__(self, messages: Iterable[str]) -> None:
        self.messages = tuple(messages)
        super().__init__("\n".join(self.messages))
