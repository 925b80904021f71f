"""What a server's refusal means for the question that was put: shown beside it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from tfserving.client.choice import Choice
from tfserving.client.errors import REMEDIES, PredictionError

UNKNOWN: Final = frozenset({"NOT_FOUND", "INVALID_ARGUMENT", "FAILED_PRECONDITION"})


@contextmanager
def explained(choice: Choice, given: Callable[[], str]) -> Iterator[None]:
    """Say with a refusal of the inputs what the signature takes and what was given."""
    try:
        yield
    except PredictionError as error:
        if error.code != "INVALID_ARGUMENT":
            raise
        raise PredictionError(choice.name, error.code, error.text, given() or REMEDIES[error.code]) from None


@contextmanager
def unknown_version(choice: Choice, states: Callable[[], Mapping[int, str]]) -> Iterator[None]:
    """Say with a refusal of a version or label which versions the server has."""
    try:
        yield
    except PredictionError as error:
        versions = _versions(states) if error.code in UNKNOWN and choice.name != choice.model else ""
        if not versions:
            raise
        what = f"label {choice.label!r}" if choice.label is not None else f"version {choice.version}"
        remedy = f"Nothing answers for {what}. The server has {versions}; `tfs status` shows versions and labels."
        raise PredictionError(choice.name, error.code, error.text, remedy) from None


def _versions(states: Callable[[], Mapping[int, str]]) -> str:
    try:
        return ", ".join(f"version {version} ({state})" for version, state in sorted(states().items()))
    except PredictionError:
        return ""
