"""Values as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfserving.spelling import hidden_character, meant_integer, shown


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a\0b", "U+0000 at position 2"),
        ("a\n", "U+000A at position 2"),
        ("\x7f", "U+007F at position 1"),
        ("\u0085", "U+0085 at position 1"),
        ("ab\u2028", "U+2028 at position 3"),
        ("\ud800", "U+D800 at position 1"),
        ("\u200b", "U+200B at position 1"),
        ("\ufeffa", "U+FEFF at position 1"),
        ("\u202e", "U+202E at position 1"),
        ("\u00a0", "U+00A0 at position 1"),
    ],
)
def test_a_character_that_does_not_show_is_described(text: str, found: str) -> None:
    assert hidden_character(text) == found


@pytest.mark.parametrize("text", ["", "a b", "größe", "模型", "$HOME;'\"`"])
def test_text_that_shows_is_left_alone(text: str) -> None:
    assert hidden_character(text) is None


@pytest.mark.parametrize(
    ("name", "text", "meant"),
    [
        ("configPollSeconds", "15s", 15),
        ("configPollSeconds", "15 sec", 15),
        ("configPollSeconds", "5m", 300),
        ("configPollSeconds", "1500ms", None),
        ("configPollSeconds", "2000ms", 2),
        ("codeBuildTimeoutMinutes", "8h", 480),
        ("rest_api_timeout_in_ms", "30s", 30000),
        ("load_retry_interval_micros", "5s", 5_000_000),
        ("buildMemoryMib", "2GiB", 2048),
        ("diskSizeGib", "40GB", 40),
        ("gpuMemoryPercent", "50%", 50),
        ("diskSizeGib", "40s", None),
        ("buildJobs", "4x", None),
        ("buildJobs", "1_000", 1000),
        ("buildJobs", "1,000", 1000),
        ("buildJobs", "1 000", 1000),
        ("buildJobs", "8.0", 8),
        ("buildJobs", "8.5", None),
        ("buildJobs", "1e3", 1000),
        ("buildJobs", "+5", 5),
        ("buildJobs", "0x10", 16),
        ("buildJobs", "\uff11\uff15", 15),
        ("buildJobs", "many", None),
        ("buildJobs", "", None),
    ],
)
def test_the_number_that_was_meant_is_guessed_in_the_names_own_unit(name: str, text: str, meant: int | None) -> None:
    assert meant_integer(name, text) == meant


@given(st.text())
def test_any_text_is_looked_at_without_a_failure(text: str) -> None:
    meant = meant_integer("configPollSeconds", text)
    assert meant is None or isinstance(meant, int)
    assert (hidden_character(text) is None) == text.isprintable()


def test_a_long_value_is_cut_and_a_number_python_would_not_write_is_described() -> None:
    assert shown("x" * 1000) == f"'{'x' * 119}..."
    assert shown(10**5000) == "a number of thousands of digits"
    assert shown("a") == "'a'"
