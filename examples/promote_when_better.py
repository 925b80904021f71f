"""Promote the version under test once it reads held-out images better than the live one.

    python -m examples.promote_when_better --server HOST:8500 --configs-bucket BUCKET --model digits --samples FILE.npz

For a stack with `modelsConfigWriter: tfs`. The file of samples has `images` and `labels`, row by row. Exit code 0 if
the version was promoted, 3 if it was not good enough, 1 if something failed.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import boto3
import numpy as np
from botocore.exceptions import BotoCoreError, ClientError

from tfserving.changes import ModelsConfig
from tfserving.client import GrpcClient
from tfserving.errors import TfServingError

BATCH = 64
NOT_BETTER = 3


class Predicting(Protocol):
    """What answers predictions, as `GrpcClient` and `RestClient` do."""

    def predict(self, model: str, inputs: dict[str, Any], *, label: str) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Score:
    """How many of the samples a version read right."""

    right: int
    samples: int

    @property
    def accuracy(self) -> float:
        """Give the share that was right, from 0 to 1."""
        return self.right / self.samples


def is_better(test: Score, live: Score, least_gain: float = 0.0, least_accuracy: float = 0.9) -> bool:
    """Decide: more right than live by more than `least_gain`, and good enough by itself, on the same samples."""
    comparable = test.samples == live.samples > 0
    return comparable and test.accuracy >= least_accuracy and test.accuracy - live.accuracy > least_gain


def score(client: Predicting, model: str, label: str, images: Any, digits: Any) -> Score:
    """Ask one label for every image, and count what it reads right."""
    right = 0
    for start in range(0, len(images), BATCH):
        answer = client.predict(model, {"images": images[start : start + BATCH]}, label=label)
        (probabilities,) = answer.values()
        right += int(np.sum(np.argmax(probabilities, axis=-1) == digits[start : start + BATCH]))
    return Score(right, len(images))


def promote_when_better(client: Predicting, config: ModelsConfig, model: str, images: Any, digits: Any) -> bool:
    """Promote the version under test if it is better; gives whether it was.

    Raises TfServingError if nothing is under test, if a label does not answer, or if another version is under test by
    the time of the promotion.
    """
    served = {entry.name: dict(entry.version_labels) for entry in config.read().model_config_list.config}
    tested = served.get(model, {}).get("test")
    if tested is None:
        raise TfServingError(f"{model}: nothing is under test. `tfs add {model} VERSION --label test --apply` adds it.")
    scores = {label: score(client, model, label, images, digits) for label in ("test", "live")}
    for label, found in scores.items():
        print(f"{label}: {found.right} of {found.samples} right ({found.accuracy:.1%})")
    if not is_better(scores["test"], scores["live"]):
        return False
    config.promote(model, expected=tested)
    return True


def main(arguments: list[str]) -> int:
    """Run the example; gives its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("server", "configs-bucket", "model", "samples"):
        parser.add_argument(f"--{name}", required=True)
    given = parser.parse_args(arguments)
    try:
        with np.load(Path(given.samples)) as samples:
            images, digits = samples["images"], samples["labels"]
        config = ModelsConfig(boto3.client("s3"), given.configs_bucket, "promote_when_better")
        with GrpcClient(given.server) as client:
            promoted = promote_when_better(client, config, given.model, images, digits)
    except (TfServingError, BotoCoreError, ClientError, OSError, KeyError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print("Promoted." if promoted else "Not better: live stays as it is.")
    return 0 if promoted else NOT_BETTER


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
