"""The example that decides by held-out images, between a server that is told what to read and an S3 in this process."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from examples import promote_when_better as example
from examples.promote_when_better import Score, is_better
from tests.tfserving.changes.test_in_bucket import TEXT, config, labels, put
from tests.tfserving.conftest import s3
from tests.tfserving.stores import CONFIGS
from tfserving.changes import ModelsConfig
from tfserving.errors import TfServingError

__all__ = ["config", "s3"]
DIGITS = np.arange(200) % 10
IMAGES = np.eye(10, dtype=np.float32)[DIGITS]


class Reading:
    """A server whose labels read the first so many images of each batch wrong."""

    def __init__(self, **wrong: int) -> None:
        self.wrong = wrong

    def __enter__(self) -> "Reading":
        return self

    def __exit__(self, *_: object) -> None:
        """Close nothing."""

    def predict(self, model: str, inputs: dict[str, Any], *, label: str) -> dict[str, Any]:
        answer = np.array(inputs["images"])
        answer[: self.wrong[label]] = np.roll(answer[: self.wrong[label]], 1, axis=-1)
        return {"probabilities": answer}


@pytest.mark.parametrize(
    ("test", "live", "better"),
    [
        (Score(95, 100), Score(94, 100), True),
        (Score(94, 100), Score(94, 100), False),
        (Score(80, 100), Score(70, 100), False),
        (Score(95, 100), Score(9, 10), False),
        (Score(0, 0), Score(0, 0), False),
    ],
)
def test_better_is_more_right_and_good_enough_on_the_same_samples(test: Score, live: Score, better: bool) -> None:
    assert is_better(test, live) is better


def test_a_gain_may_be_asked_for() -> None:
    assert not is_better(Score(95, 100), Score(94, 100), least_gain=0.02)


def test_a_better_version_is_promoted(config: ModelsConfig) -> None:
    assert example.promote_when_better(Reading(test=1, live=3), config, "digits", IMAGES, DIGITS)
    assert labels(config) == {"live": 2, "retiring": 1}


def test_one_that_is_no_better_stays_under_test(config: ModelsConfig) -> None:
    assert not example.promote_when_better(Reading(test=3, live=3), config, "digits", IMAGES, DIGITS)
    assert labels(config) == {"live": 1, "test": 2}


def test_a_version_that_was_not_asked_is_not_promoted(config: ModelsConfig) -> None:
    class Overtaken(Reading):
        def predict(self, model: str, inputs: dict[str, Any], *, label: str) -> dict[str, Any]:
            config.add("digits", 3, "test")
            return super().predict(model, inputs, label=label)

    with pytest.raises(TfServingError, match="'test' is version 3, not 2"):
        example.promote_when_better(Overtaken(test=1, live=3), config, "digits", IMAGES, DIGITS)


@pytest.mark.parametrize(("wrong", "code"), [(1, 0), (5, example.NOT_BETTER)])
def test_the_exit_code_says_what_was_decided(
    config: ModelsConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: int, code: int
) -> None:
    monkeypatch.setattr(example, "GrpcClient", lambda target: Reading(test=wrong, live=3))
    np.savez(tmp_path / "held_out.npz", images=IMAGES, labels=DIGITS)
    assert example.main([*GIVEN, "--samples", str(tmp_path / "held_out.npz")]) == code


def test_a_failure_is_told_without_a_traceback(
    s3: Any, config: ModelsConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert example.main([*GIVEN, "--samples", str(tmp_path / "absent.npz")]) == 1
    np.savez(tmp_path / "held_out.npz", images=IMAGES, labels=DIGITS)
    put(s3, TEXT.replace('version_labels { key: "test" value: 2 }', ""))
    assert example.main([*GIVEN, "--samples", str(tmp_path / "held_out.npz")]) == 1
    assert "digits: nothing is under test." in capsys.readouterr().err


GIVEN = ["--server", "127.0.0.1:8500", "--configs-bucket", CONFIGS, "--model", "digits"]
