"""KMS keys of log groups, which moto takes at creation only."""

from typing import Any

from moto.core.responses import ActionResult
from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.responses import LogsResponse


def install() -> None:
    """Let a log group get a key, and lose it."""
    LogsResponse.associate_kms_key = _associate
    LogsResponse.disassociate_kms_key = _disassociate


def _associate(self: Any) -> ActionResult:
    _group(self).kms_key_id = self._get_param("kmsKeyId")
    return ActionResult({})


def _disassociate(self: Any) -> ActionResult:
    _group(self).kms_key_id = None
    return ActionResult({})


def _group(response: Any) -> Any:
    name = response._get_param("logGroupName")
    if name not in response.logs_backend.groups:
        raise ResourceNotFoundException()
    return response.logs_backend.groups[name]
