"""One rehearsal of the tutorial's long version: compiled for its machine, reading S3 itself."""

from collections.abc import Iterator

import pytest

from tests.local.rehearsal.conftest import Trial

# Not the stack's own name: a rehearsal that an operator has brought up of it is left alone.
NAME = "check-native"


@pytest.fixture(scope="package")
def native(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """Lay the rehearsal; the tests of this folder run in order."""
    trial = Trial(tmp_path_factory.mktemp("native"), NAME, like="tutorial-long")
    trial.rehearsal.cloud.stop()  # what a killed run of the tests left
    yield trial
    trial.rehearsal.cloud.stop()
