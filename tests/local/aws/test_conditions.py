"""Policy conditions that moto leaves aside."""

from typing import Any

import pytest

from local.aws.conditions import holds

CONTEXT = {"aws:SecureTransport": "true", "s3:prefix": "models/digits/"}


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, True),
        ({"Bool": {"aws:SecureTransport": "false"}}, False),
        ({"Bool": {"aws:SecureTransport": "True"}}, True),
        ({"StringLike": {"s3:prefix": ["status/*", "models/*"]}}, True),
        ({"StringLike": {"s3:prefix": "status/*"}}, False),
        ({"StringEquals": {"s3:prefix": "models/digits/"}}, True),
        ({"StringEquals": {"s3:prefix": "models/"}}, False),
        ({"StringLike": {"s3:prefix": "models/*"}, "Bool": {"aws:SecureTransport": "false"}}, False),
        ({"StringEquals": {"aws:PrincipalTag/team": "x"}}, True),
        ({"NumericLessThan": {"s3:max-keys": "10"}}, True),
    ],
)
def test_a_statement_counts_when_every_condition_that_is_known_holds(conditions: Any, expected: bool) -> None:
    assert holds(conditions, CONTEXT) is expected


@pytest.mark.parametrize(("operator", "expected"), [("StringLike", False), ("StringLikeIfExists", True)])
def test_a_request_without_a_prefix_meets_only_conditions_that_allow_for_it(operator: str, expected: bool) -> None:
    assert holds({operator: {"s3:prefix": "models/*"}}, {"aws:SecureTransport": "true"}) is expected
    assert holds({operator: {"s3:prefix": "models/*"}}, CONTEXT) is True
    assert holds({operator: {"s3:prefix": "status/*"}}, CONTEXT) is False
