"""The AWS provider's configuration: the keys of the real plugin, read as strictly."""

import functools
import json
import os
from collections.abc import Iterator
from typing import Any, Final

import pulumi_aws as aws
from pulumi import _types as metadata

from local.providers.aws.session import AwsConfig
from local.providers.failures import Failure
from local.providers.sdk_types import check_object
from local.providers.wire import Values

# Of the plugin, not of AWS.
_PLUMBING: Final = frozenset({"version", "pluginDownloadURL"})
# These shape how the real plugin starts; here there is nothing to skip.
_WITHOUT_MEANING: Final = frozenset(
    {
        "skipCredentialsValidation",
        "skipMetadataApiCheck",
        "skipRegionValidation",
        "skipRequestingAccountId",
    }
)
_MAPPED: Final = (
    _PLUMBING
    | _WITHOUT_MEANING
    | {
        "accessKey",
        "allowedAccountIds",
        "defaultTags",
        "endpoints",
        "profile",
        "region",
        "s3UsePathStyle",
        "secretKey",
        "token",
    }
)


def check_config(values: Values) -> Iterator[Failure]:
    """Check names and types, misspelt endpoint keys too; a region must be known."""
    plain = _parsed(values)
    failures = list(check_object(aws.ProviderArgs, plain))
    yield from failures
    for name in plain.keys() - _MAPPED - {failure.property for failure in failures}:
        yield Failure(name, f"'aws:{name}' is a key of the provider, but the local provider does not map it")
    if len(plain.get("endpoints", [])) > 1:
        yield Failure("endpoints", "'aws:endpoints' has more than one element, but all services belong into one")
    if not _region(plain):
        yield Failure("region", "'aws:region' is missing; set it, or AWS_REGION")


def read_config(values: Values) -> AwsConfig:
    """Give a checked configuration its types."""
    plain = _parsed(values)
    return AwsConfig(
        region=_region(plain),
        endpoints=_endpoints(plain),
        access_key=plain.get("accessKey"),
        secret_key=plain.get("secretKey"),
        token=plain.get("token"),
        profile=plain.get("profile"),
        path_style=bool(plain.get("s3UsePathStyle")),
        default_tags=(plain.get("defaultTags") or {}).get("tags", {}),
        allowed_accounts=tuple(plain.get("allowedAccountIds", ())),
    )


def _parsed(values: Values) -> dict[str, Any]:
    return {name: _parse(name, value) for name, value in values.items() if name not in _PLUMBING}


def _parse(name: str, value: Any) -> Any:
    # Whatever is not text travels as JSON text.
    if isinstance(value, str) and name in _json_names():
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


@functools.cache
def _json_names() -> frozenset[str]:
    types = metadata.input_type_types(aws.ProviderArgs)
    return frozenset(name for name, kind in types.items() if kind is not str)


def _region(plain: dict[str, Any]) -> str:
    return str(plain.get("region") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "")


def _endpoints(plain: dict[str, Any]) -> dict[str, str]:
    (services,) = plain.get("endpoints") or [{}]
    return {service: str(url) for service, url in services.items()}
