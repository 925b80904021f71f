"""The model store, as an agent sees it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tfserving.agent.mirror import Mirror
from tfserving.model_store.layout import manifest_key
from tfserving.model_store.manifest import Manifest
from tfserving.model_store.reading import is_complete, list_versions

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Store:
    """Complete versions, and bringing them to the disk; `downloaded` is told every byte count as it arrives."""

    def __init__(
        self, client: "S3Client", bucket: str, models: Path, downloaded: Callable[[int], None] = lambda count: None
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._mirror = Mirror(client, bucket, models, downloaded)

    def published(self, model: str) -> list[int]:
        """List a model's complete versions, oldest number first."""
        return list_versions(self._client, self._bucket, model)

    def has(self, model: str, version: int) -> bool:
        """Tell whether a version is complete."""
        return is_complete(self._client, self._bucket, model, version)

    def fetch(self, model: str, version: int) -> Manifest:
        """Download one version; raises MirrorError if that cannot be done."""
        return self._mirror.fetch(model, version)

    def absence(self, model: str, version: int) -> str:
        """Say that a version is not complete, and what makes it so."""
        key = manifest_key(model, version)
        return f"is not complete in the store: s3://{self._bucket}/{key} is missing. Publish it with `tfs publish`."
