"""Rehearsals of the tutorial's two versions, whose servers read S3 themselves."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.rehearsal.conftest import Trial

# Not the stacks' own names: a rehearsal that an operator has brought up of one is left alone.
NAME = "check-native"
SHORT_NAME = "check-short"


@pytest.fixture(scope="package")
def native(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """Lay the long version's rehearsal; the tests of a folder run in order."""
    yield from rehearsed(tmp_path_factory.mktemp("native"), NAME, like="tutorial-long")


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """Lay the short version's."""
    yield from rehearsed(tmp_path_factory.mktemp("short"), SHORT_NAME, like="tutorial-short")


def rehearsed(folder: Path, name: str, like: str) -> Iterator[Trial]:
    """Lay a rehearsal of a stack, and remove it in the end."""
    trial = Trial(folder, name, like)
    trial.rehearsal.cloud.stop()  # what a killed run of the tests left
    yield trial
    trial.rehearsal.cloud.stop()
