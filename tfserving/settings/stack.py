"""What holds for the whole stack."""

from collections.abc import Iterator
from typing import Final, Literal

from pydantic import Field

from tfserving.settings.concern import Concern

# S3 objects carry ten tags at most; two are the project's own, the rest is left to the provider's default tags.
MOST_TAGS: Final = 6
RESERVED_PREFIX: Final = "aws:"


class StackSettings(Concern):
    """Deletion and tags."""

    deletion: Literal["protect", "force"] = Field(
        default="protect",
        alias="deletion",
        description="'protect' keeps buckets, repositories and config history from `pulumi destroy`; 'force' deletes "
        "all, with contents.",
    )
    tags: dict[str, str] = Field(
        default={},
        alias="tags",
        description="Further tags for every resource, at most six.",
    )

    @property
    def protected(self) -> bool:
        """Tell whether what holds data must survive a destroy."""
        return self.deletion == "protect"

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Refuse more tags than an S3 object can carry, and names AWS keeps for itself."""
        if len(self.tags) > MOST_TAGS:
            yield (
                "tags",
                f"has {len(self.tags)} tags, but at most {MOST_TAGS} leave room for the project's own. Remove some.",
            )
        for name in self.tags:
            if name.startswith(RESERVED_PREFIX):
                yield "tags", f"{name!r} begins with 'aws:', which AWS keeps for itself. Rename the tag."
