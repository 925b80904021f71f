"""What holds for the whole stack."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from tfserving.settings.concern import Concern
from tfserving.settings.tags import tag_mistakes


class StackSettings(Concern):
    """Deletion, tags, and who decides what is served."""

    deletion: Literal["protect", "force"] = Field(
        default="protect",
        alias="deletion",
        description="'protect' keeps buckets, repositories and config history from `pulumi destroy`; 'force' deletes "
        "all, with contents.",
    )
    tags: dict[str, str] = Field(
        default={},
        alias="tags",
        description="Further tags for every resource, at most six; Name, Project and Stack are set already.",
    )

    models_config_writer: Literal["pulumi", "tfs"] = Field(
        default="pulumi",
        alias="modelsConfigWriter",
        description="Who writes models.config in S3: 'pulumi' from the reviewed file, with every update; 'tfs' leaves "
        "it to `tfs promote --apply` and the like after Pulumi has written it once, and the file counts no more.",
    )

    @property
    def protected(self) -> bool:
        """Tell whether what holds data must survive a destroy."""
        return self.deletion == "protect"

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Refuse tags that AWS would refuse, or that the project sets itself."""
        yield from (("tags", mistake) for mistake in tag_mistakes(self.tags))
