"""Writes that S3 takes only under a condition: what makes one of several writers the only one."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

# S3 answers the second to a request that ran beside another one for the same key.
_REFUSED: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})
_ABSENT: Final = frozenset({"NoSuchKey", "404"})
_DENIED: Final = frozenset({"AccessDenied", "403"})


def is_refused(error: "ClientError") -> bool:
    """Tell whether S3 refused a write because its condition did not hold."""
    return error.response.get("Error", {}).get("Code") in _REFUSED


def is_absent(error: "ClientError") -> bool:
    """Tell whether there is no such object."""
    return error.response.get("Error", {}).get("Code") in _ABSENT


def is_denied(error: "ClientError") -> bool:
    """Tell whether the caller lacks the right to what was asked."""
    return error.response.get("Error", {}).get("Code") in _DENIED
