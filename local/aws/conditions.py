"""Policy conditions moto does not evaluate, and resources it does not know.

moto takes a statement whose condition it does not know as if the condition held: a deny of requests without TLS would
deny everything, and a listing limited to a prefix would list everything.
"""

import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from flask import has_request_context, request
from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.access_control import IAMPolicyStatement, PermissionResult

from local.aws.resources import resource_of

# What a request can be held against; a request for a single object has no prefix, and one that no service makes for
# somebody has no source.
KEYS: Final = frozenset({"aws:SecureTransport", "aws:SourceAccount", "s3:prefix"})
_IF_EXISTS: Final = "IfExists"
# Of a signature: who signed, when, and what it is for.
_SCOPE: Final = re.compile(r"Credential=[^/]+/\d+/(?P<region>[^/]+)/")
Conditions = Mapping[str, Mapping[str, str | list[str]]]


def install() -> None:
    """Make moto leave statements aside whose conditions do not hold for the request at hand."""
    evaluate = IAMPolicyStatement.is_action_permitted

    def is_action_permitted(
        self: IAMPolicyStatement, action: str, resource: str = "*", *args: Any, **kwargs: Any
    ) -> PermissionResult:
        if not holds(self._statement.get("Condition") or {}, request_context()):
            return PermissionResult.NEUTRAL
        return evaluate(self, action, _resource(action, resource), *args, **kwargs)

    IAMPolicyStatement.is_action_permitted = is_action_permitted


def _resource(action: str, resource: str) -> str:
    if resource != "*" or not has_request_context():
        return resource
    parameters = request.get_json(force=True, silent=True)
    if not isinstance(parameters, dict):
        return resource
    scope = _SCOPE.search(request.headers.get("Authorization", ""))
    return (
        resource_of(action.partition(":")[0], parameters, scope["region"] if scope else "", DEFAULT_ACCOUNT_ID)
        or resource
    )


def request_context() -> dict[str, str]:
    """Give the condition keys of the request at hand; every request has come over TLS."""
    prefix = request.args.get("prefix") if has_request_context() else None
    return {"aws:SecureTransport": "true", **({} if prefix is None else {"s3:prefix": prefix})}


def holds(conditions: Conditions, context: Mapping[str, str]) -> bool:
    """Tell whether every condition that can be evaluated holds; the others are taken to hold, as moto does."""
    return all(
        _holds(operator, wanted, context.get(key))
        for operator, wanted_by_key in conditions.items()
        for key, wanted in wanted_by_key.items()
        if operator.removesuffix(_IF_EXISTS) in _OPERATORS and key in KEYS
    )


def _holds(operator: str, wanted: str | list[str], actual: str | None) -> bool:
    if actual is None:
        return operator.endswith(_IF_EXISTS)
    return _any_matches(operator.removesuffix(_IF_EXISTS), wanted, actual)


def _any_matches(operator: str, wanted: str | list[str], actual: str) -> bool:
    return any(_OPERATORS[operator](actual, value) for value in ([wanted] if isinstance(wanted, str) else wanted))


_OPERATORS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "Bool": lambda actual, wanted: actual == wanted.lower(),
    "StringEquals": lambda actual, wanted: actual == wanted,
    "StringLike": lambda actual, wanted: fnmatchcase(actual, wanted),
}
