"""Fixtures for all tests."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer to rewrite the golden files, for a reviewer to read the difference."""
    parser.addoption("--update-golden", action="store_true", help="rewrite the files in tests/golden")


def pytest_configure() -> None:
    """Give SIGINT its own meaning back, which a shell takes from what it starts with `&`, and processes inherit."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with the reviewed file of that name below tests/golden/<the test's folder>."""

    def compare(name: str, text: str) -> None:
        file = GOLDEN / request.path.parent.name / name
        if request.config.getoption("--update-golden"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        assert text == file.read_text(), f"{file} differs; `pytest --update-golden` rewrites it"

    return compare
