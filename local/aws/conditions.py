"""Policy conditions and resources moto does not evaluate.

moto takes a statement whose condition it does not know as if the condition held: a deny of requests without TLS would
deny everything, and a listing limited to a prefix would list everything.
"""

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from flask import has_request_context, request
from moto.iam.access_control import IAMPolicyStatement, PermissionResult

# What a request can be held against; a request for a single object has no prefix.
KEYS: Final = frozenset({"aws:SecureTransport", "s3:prefix"})
_IF_EXISTS: Final = "IfExists"
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
    # moto knows only S3's resources; a statement for one secret would permit none.
    if action.startswith("secretsmanager:") and has_request_context():
        return str((request.get_json(force=True, silent=True) or {}).get("SecretId", resource))
    return resource


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
