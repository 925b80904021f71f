"""How well a server reads the held-out images, over both of its APIs."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from local.digits.data import Images, Labels, held_out
from local.digits.versions import VERSIONS
from tfserving.client import GrpcClient, RestClient

MODEL: Final = "digits"
LABEL: Final = "live"
BATCH: Final = 64


@dataclass(frozen=True)
class Result:
    """The accuracy of one version or label over one API."""

    api: str
    version_or_label: int | str
    accuracy: float
    samples: int
    seconds: float


def evaluate(grpc_target: str, rest_url: str, folder: Path) -> list[Result]:
    """Predict every held-out image with each version and with the live label, over gRPC and REST."""
    images, labels = held_out(folder)
    with GrpcClient(grpc_target) as client:
        over_grpc = list(_results("gRPC", client, images, labels))
    return [*over_grpc, *_results("REST", RestClient(rest_url), images, labels)]


def _results(api: str, client: GrpcClient | RestClient, images: Images, labels: Labels) -> Iterator[Result]:
    choices: list[dict[str, Any]] = [*({"version": version} for version in VERSIONS), {"label": LABEL}]
    for which in choices:
        began = time.monotonic()
        batches = (images[start : start + BATCH] for start in range(0, len(images), BATCH))
        # A single output comes back without its name over REST.
        answers = [next(iter(client.predict(MODEL, {"images": batch}, **which).values())) for batch in batches]
        found = np.argmax(np.concatenate(answers), axis=-1)
        (name,) = which.values()
        yield Result(api, name, float(np.mean(found == labels)), len(images), time.monotonic() - began)
