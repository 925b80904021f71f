"""Which services of AWS a role lets take it."""

import json

from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends

from local.aws.conditions import holds


def trusts(account: str, role_arn: str, service: str) -> bool:
    """Tell whether a role is there and lets a service take it for the account's own resources."""
    try:
        role = iam_backends[account]["aws"].get_role_by_arn(role_arn)
    except NotFoundException:
        return False
    return service in services(role.assume_role_policy_document, account)


def services(document: str, account: str = "") -> set[str]:
    """Name the services that a trust policy lets take its role for resources of an account."""
    statements = json.loads(document)["Statement"]
    return {
        service
        for statement in ([statements] if isinstance(statements, dict) else statements)
        if statement["Effect"] == "Allow" and isinstance(statement.get("Principal"), dict)
        if holds(statement.get("Condition") or {}, {"aws:SourceAccount": account})
        for service in _listed(statement["Principal"].get("Service", ()))
    }


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
