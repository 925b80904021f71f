"""Bringing versions from the store to the disk, verified byte by byte."""

import hashlib
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tfserving.agent.disk import assembling
from tfserving.errors import TfServingError
from tfserving.model_store.layout import MANIFEST, manifest_key, version_prefix
from tfserving.model_store.manifest import FileEntry, Manifest, ManifestError, render_manifest
from tfserving.model_store.reading import read_manifest

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

WORKERS: Final = 8
_CHUNK: Final = 1 << 20
# What the machine needs beside models: logs, the compose project, the engine.
SPARE_BYTES: Final = 256 << 20


class MirrorError(TfServingError):
    """A version could not be brought to this machine; the text says why and what helps."""


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
        self._downloaded = downloaded

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
            self._fetch_files(version_prefix(model, version), manifest, folder)
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

    def _fetch_files(self, prefix: str, manifest: Manifest, folder: Path) -> None:
        stop = threading.Event()
        with ThreadPoolExecutor(WORKERS) as workers:
            running = [workers.submit(self._fetch_file, prefix, entry, folder, stop) for entry in manifest.files]
            try:
                for download in running:
                    download.result()
            except BaseException:
                # One bad file spoils the version: the others need not be downloaded to the end.
                stop.set()
                raise

    def _fetch_file(self, prefix: str, entry: FileEntry, folder: Path, stop: threading.Event) -> None:
        key = f"{prefix}{entry.path}"
        path = folder / entry.path
        path.parent.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        with path.open("xb") as file:
            for chunk in self._chunks(key):
                if stop.is_set() or size > entry.size:
                    break
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
                self._downloaded(len(chunk))
            file.flush()
            os.fsync(file.fileno())
        if not stop.is_set():
            _demand_equal(f"s3://{self._bucket}/{key}", entry, size, digest.hexdigest())

    def _chunks(self, key: str) -> Iterator[bytes]:
        try:
            body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"]
        except self._client.exceptions.NoSuchKey as error:
            raise MirrorError(
                f"s3://{self._bucket}/{key} is missing, though its version's manifest lists it."
            ) from error
        return body.iter_chunks(_CHUNK)


def _demand_equal(where: str, entry: FileEntry, size: int, sha256: str) -> None:
    if (size, sha256) != (entry.size, entry.sha256):
        raise MirrorError(
            f"{where} is not what was published: {size} bytes with sha256 {sha256}, where the manifest has "
            f"{entry.size} bytes with {entry.sha256}. Publish the model again, under a new version."
        )
