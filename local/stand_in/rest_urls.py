"""The URLs of the REST API: which model, version or label, and what is asked of it."""

import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from .official import model_pb2
from .status import invalid

MODEL: Final = r"/v1/models/(?P<name>[^/:]+)(?:/versions/(?P<version>[0-9]+)|/labels/(?P<label>[^/:]+))?"
PATTERNS: Final = {
    "POST": re.compile(MODEL + r":(?P<endpoint>predict|classify|regress)", re.IGNORECASE),
    "GET": re.compile(MODEL + r"(?:/(?P<endpoint>metadata))?", re.IGNORECASE),
}
LARGEST_VERSION: Final = 2**63 - 1
STATUS: Final = "status"
METADATA: Final = "metadata"


class UnreadableVersionError(Exception):
    """A version of more than 64 bits: the real server answers 400 before it has put an error into words."""


@dataclass(frozen=True)
class Target:
    """A ModelSpec message, and the endpoint as the URL spells it."""

    spec: Any
    endpoint: str


def parse_url(method: str, path: str) -> Target:
    """Read a path with its query, which counts as part of it.

    URLs are matched in any case of letters, but a prediction's endpoint must be lower case, and what is not exactly
    `metadata` asks for the status (`:PREDICT` and `/METADATA` seen on 2.20.0). Raises INVALID_ARGUMENT for other URLs
    and methods, and UnreadableVersionError.
    """
    pattern = PATTERNS.get(method)
    found = pattern.fullmatch(path) if pattern else None
    if found is None:
        if method == "GET" and path.lower() == "/v1/models":
            raise invalid("Missing model name in request.")
        raise invalid(f"Malformed request: {method} {path}")
    endpoint = found["endpoint"]
    if method == "GET" and endpoint != METADATA:
        endpoint = STATUS
    return Target(_model_spec(found), endpoint)


def _model_spec(found: re.Match[str]) -> Any:
    spec = model_pb2.ModelSpec(name=unquote(found["name"]))
    if found["version"]:
        digits = found["version"].lstrip("0") or "0"
        if len(digits) > len(str(LARGEST_VERSION)) or int(digits) > LARGEST_VERSION:
            raise UnreadableVersionError
        spec.version.value = int(digits)
    if found["label"]:
        spec.version_label = unquote(found["label"])
    return spec
