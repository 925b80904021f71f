"""scikit-learn's digits: 1,797 images of 8 x 8, of which every fifth is held out."""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

HELD_OUT: Final = "held_out.npz"
BRIGHTEST: Final = 16.0
Images = NDArray[Any]
Labels = NDArray[Any]


def load() -> tuple[Images, Labels]:
    """Load all images, (1797, 64) float32 from 0 to 1, and their digits."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    return (digits.data / BRIGHTEST).astype(np.float32), digits.target.astype(np.int64)


def split(images: Images, labels: Labels) -> tuple[tuple[Images, Labels], tuple[Images, Labels]]:
    """Split into what is trained on and what is held out; the same at every call."""
    order = np.random.default_rng(2026).permutation(len(images))
    held, kept = order[::5], np.setdiff1d(order, order[::5])
    return (images[kept], labels[kept]), (images[held], labels[held])


def held_out(folder: Path) -> tuple[Images, Labels]:
    """Read the held-out images beside the model; needs neither TensorFlow nor scikit-learn."""
    with np.load(folder / HELD_OUT) as file:
        return file["images"], file["labels"]
