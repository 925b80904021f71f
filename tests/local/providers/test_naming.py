"""Names made for resources without one."""

import re

import pytest

from local.providers.failures import ProviderError
from local.providers.naming import DEFAULTS, auto_name
from local.providers.resource_types import AutoName

RULE = AutoName("bucket", longest=20, lower=True)


def test_a_made_name_is_the_logical_one_and_seven_hex_digits() -> None:
    assert re.fullmatch(r"models-[0-9a-f]{7}", auto_name(RULE, "Models", b"seed", {}))


def test_the_name_follows_from_the_seed() -> None:
    assert auto_name(RULE, "m", b"1", {}) == auto_name(RULE, "m", b"1", {}) != auto_name(RULE, "m", b"2", {})


def test_a_made_name_stays() -> None:
    assert auto_name(RULE, "m", b"seed", {"bucket": "m-0000000", DEFAULTS: ["bucket"]}) == "m-0000000"


def test_a_name_the_program_gave_does_not_stay_once_it_is_taken_away() -> None:
    assert auto_name(RULE, "m", b"seed", {"bucket": "given"}) != "given"


def test_a_name_too_long_is_refused_with_the_limit() -> None:
    with pytest.raises(ProviderError, match="20 is the most"):
        auto_name(RULE, "m" * 20, b"seed", {})
