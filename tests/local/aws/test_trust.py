"""Which services a role lets take it."""

import json
from typing import Any

import pytest

from local.aws.trust import services, trusts


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({"Effect": "Allow", "Principal": {"Service": "a"}}, {"a"}),
        ({"Effect": "Allow", "Principal": {"Service": ["a", "b"]}}, {"a", "b"}),
        ({"Effect": "Deny", "Principal": {"Service": "a"}}, set()),
        ({"Effect": "Allow", "Principal": {"AWS": "a"}}, set()),
        ({"Effect": "Allow", "Principal": "*"}, set()),
    ],
)
def test_a_role_trusts_the_services_its_policy_allows(statement: Any, expected: set[str]) -> None:
    assert services(json.dumps({"Statement": statement})) == expected
    assert services(json.dumps({"Statement": [statement]})) == expected


@pytest.mark.parametrize("operator", ["StringEquals", "StringEqualsIfExists"])
@pytest.mark.parametrize(("account", "expected"), [("123456789012", {"a"}), ("210987654321", set())])
def test_a_role_bound_to_an_account_trusts_services_on_its_behalf_only(
    operator: str, account: str, expected: set[str]
) -> None:
    condition = {operator: {"aws:SourceAccount": "123456789012"}}
    statement = {"Effect": "Allow", "Principal": {"Service": "a"}, "Condition": condition}
    assert services(json.dumps({"Statement": statement}), account) == expected


def test_a_role_that_is_not_there_trusts_nobody(aws: None) -> None:
    assert not trusts("123456789012", "arn:aws:iam::123456789012:role/absent", "a")
