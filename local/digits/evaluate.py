"""How well a server reads the held-out images, over both of its APIs."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from local.digits.data import Images, Labels, held_out
from tfserving.client import GrpcClient, RestClient

BATCH: Final = 64


@dataclass(frozen=True)
class Result:
    """The accuracy of one version or label of a model over one API."""

    api: str
    model: str
    version_or_label: int | str
    accuracy: float
    samples: int
    seconds: float


def evaluate(
    grpc_target: str,
    rest_url: str,
    folder: Path,
    choices: Mapping[str, Iterable[Mapping[str, int | str]]],
) -> list[Result]:
    """Predict every held-out image with each choice of version or label of each model, over gRPC and REST."""
    held = held_out(folder)
    asked = [(model, which) for model, each in choices.items() for which in each]
    with GrpcClient(grpc_target) as client:
        over_grpc = [_result("gRPC", client, model, which, held) for model, which in asked]
    rest = RestClient(rest_url)
    return [*over_grpc, *(_result("REST", rest, model, which, held) for model, which in asked)]


def _result(
    api: str,
    client: GrpcClient | RestClient,
    model: str,
    which: Mapping[str, Any],
    held: tuple[Images, Labels],
) -> Result:
    images, labels = held
    began = time.monotonic()
    batches = (images[start : start + BATCH] for start in range(0, len(images), BATCH))
    # The signature has a single output.
    answers = [next(iter(client.predict(model, {"images": batch}, **which).values())) for batch in batches]
    found = np.argmax(np.concatenate(answers), axis=-1)
    (name,) = which.values()
    return Result(api, model, name, float(np.mean(found == labels)), len(images), time.monotonic() - began)
