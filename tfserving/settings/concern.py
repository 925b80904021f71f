"""What the settings of every concern have in common."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict


class Concern(BaseModel):
    """Settings of one concern; each field's alias is its configuration key, its description the operator's help."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Yield (configuration key, message) for rules that need more than one field."""
        yield from ()

    @classmethod
    def fields_by_key(cls) -> dict[str, Any]:
        """Give each configuration key with its pydantic field."""
        return {field.alias or name: field for name, field in cls.model_fields.items()}
