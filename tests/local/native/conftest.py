"""One rehearsal of the tutorial's long version: compiled for its machine, reading S3 itself."""

from collections.abc import Iterator

import pytest

from tests.local.rehearsal.conftest import Trial

# The stack of that name, so that its own configs count.
STACK = "tutorial-long"


@pytest.fixture(scope="session")
def native(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """Lay the rehearsal; the tests of this folder run in order."""
    trial = Trial(tmp_path_factory.mktemp("native"), f"{STACK}", like=STACK)
    trial.rehearsal.cloud.stop()  # what a killed run of the tests left
    yield trial
    trial.rehearsal.cloud.stop()
