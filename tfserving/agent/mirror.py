"""Bringing versions from the store to the disk, verified byte by byte."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tfserving.agent.arriving import Arrivals
from tfserving.agent.arriving import MirrorError as MirrorError
from tfserving.agent.disk import assembling
from tfserving.model_store.layout import MANIFEST, manifest_key, version_prefix
from tfserving.model_store.manifest import Manifest, ManifestError, render_manifest
from tfserving.model_store.reading import read_manifest

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# What the machine needs beside models: logs, the compose project, the engine.
SPARE_BYTES: Final = 256 << 20


class Mirror:
    """Downloads versions of one store; `downloaded` is told every byte count as it arrives."""

    def __init__(
        self,
        client: "S3Client",
        bucket: str,
        models: Path,
        downloaded: Callable[[int], None] = lambda count: None,
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._models = models
        self._arrivals = Arrivals(client, bucket, downloaded)

    def fetch(self, model: str, version: int) -> Manifest:
        """Download one version; it appears under its number only when every file has been verified.

        Raises MirrorError if it is not complete in the store, damaged, larger than the disk, or cannot be written.
        """
        try:
            return self._fetch(model, version)
        except ManifestError as error:
            raise MirrorError(str(error)) from error
        except OSError as error:
            # A connection's errors, and some of the SDK's, are OSErrors as well.
            if error.errno is None or isinstance(error, ConnectionError | TimeoutError):
                raise
            raise MirrorError(
                f"{model}/{version} cannot be written to {error.filename or self._models}: {error.strerror}."
            ) from error

    def _fetch(self, model: str, version: int) -> Manifest:
        manifest = read_manifest(self._client, self._bucket, model, version)
        if manifest is None:
            raise MirrorError(
                f"{model}/{version} is not complete in the store: s3://{self._bucket}/{manifest_key(model, version)} "
                "is missing. Publish it with `tfs publish`."
            )
        self._demand_space(model, version, manifest)
        with assembling(self._models / model / str(version)) as folder:
            self._arrivals.bring(version_prefix(model, version), manifest, folder)
            (folder / MANIFEST).write_text(render_manifest(manifest))
        return manifest

    def _demand_space(self, model: str, version: int, manifest: Manifest) -> None:
        self._models.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self._models).free
        if free < manifest.size + SPARE_BYTES:
            raise MirrorError(
                f"{model}/{version} has {manifest.size >> 20} MiB, but the disk has only {free >> 20} MiB left. "
                "Raise tfserving:diskSizeGib."
            )
