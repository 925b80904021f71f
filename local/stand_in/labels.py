"""Version labels: which may be assigned, decided before a reload touches any model."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from .config import Model
from .status import precondition

Labels = Mapping[str, Mapping[str, int]]
"""Model name, then label, to the version it stands for."""


class Availability(Protocol):
    """Says whether a version can be asked now."""

    def __call__(self, name: str, version: int) -> bool: ...


def assign(models: Iterable[Model], current: Labels, available: Availability, *, allow_unavailable: bool) -> Labels:
    """The labels after a reload.

    Raises FAILED_PRECONDITION, which refuses the whole config, for the first label on a version that is not AVAILABLE;
    the message does not say which label (seen on 2.20.0). With `allow_unavailable` (the flag) labels that are new or
    stay where they are pass; moving one to a version that is not loaded yet is refused even then
    (tensorflow/serving#1608).
    """
    assigned: dict[str, dict[str, int]] = {}
    for model in models:
        for label, version in model.labels.items():
            moved = current.get(model.name, {}).get(label, version) != version
            if not (allow_unavailable and not moved) and not available(model.name, version):
                raise precondition(
                    f"Request to assign label to version {version} of model {model.name}, which is not currently "
                    "available for inference"
                )
            assigned.setdefault(model.name, {})[label] = version
    return assigned
