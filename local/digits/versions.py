"""The two versions of the model."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Training:
    """How one version is trained: sizes of its hidden layers, and passes over the data."""

    hidden: tuple[int, ...]
    epochs: int


TRAININGS: Final = {1: Training(hidden=(32,), epochs=30), 2: Training(hidden=(128, 64), epochs=30)}
VERSIONS: Final = tuple(TRAININGS)
