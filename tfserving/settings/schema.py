"""The settings as Pulumi.yaml describes them: type, default and description of every key."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic.fields import FieldInfo

from tfserving.settings.load import CONCERNS

_TYPES: Final[Mapping[type, str]] = {str: "string", bool: "boolean", int: "integer", dict: "object", tuple: "array"}


def config_block() -> dict[str, dict[str, Any]]:
    """Give the `config` block of Pulumi.yaml."""
    return {key: _described(field) for concern in CONCERNS.values() for key, field in concern.fields_by_key().items()}


def _described(field: FieldInfo) -> dict[str, Any]:
    kind = _TYPES[type(field.default)]
    items = {"items": {"type": "string"}} if kind == "array" else {}
    default = list(field.default) if kind == "array" else field.default
    return {"type": kind, **items, "default": default, "description": field.description}
