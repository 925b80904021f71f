"""ECR's images, which are in the rehearsal's registry and unknown to moto."""

import base64
import json
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final

from moto.ecr.exceptions import ImageNotFoundException
from moto.ecr.models import ECRBackend

MANIFESTS: Final = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
)
_TIMEOUT_SECONDS: Final = 10


@dataclass(frozen=True)
class Manifest:
    """What an image consists of, and the digest it is known by."""

    digest: str
    media_type: str
    content: bytes

    @property
    def size(self) -> int:
        """Give the size of everything the image consists of, as it is stored."""
        content = json.loads(self.content)
        parts = [content.get("config", {}), *content.get("layers", ()), *content.get("manifests", ())]
        return sum(int(part.get("size", 0)) for part in parts)


@dataclass(frozen=True)
class Registry:
    """The rehearsal's registry, asked as ECR's own user."""

    address: str
    password: str
    scheme: str = "https"

    def tags(self, repository: str) -> list[str]:
        """Name the tags in a repository; one nobody pushed to has none."""
        answer = self._ask(f"/v2/{repository}/tags/list")
        return [] if answer is None else list(json.loads(answer[0])["tags"] or ())

    def manifest(self, repository: str, reference: str) -> Manifest | None:
        """Give what a tag or a digest stands for, or None."""
        answer = self._ask(f"/v2/{repository}/manifests/{reference}")
        if answer is None:
            return None
        return Manifest(answer[1]["Docker-Content-Digest"], answer[1]["Content-Type"], answer[0])

    def _ask(self, path: str) -> tuple[bytes, Mapping[str, str]] | None:
        token = base64.b64encode(f"AWS:{self.password}".encode()).decode()
        headers = {"Authorization": f"Basic {token}", "Accept": ", ".join(MANIFESTS)}
        url = f"{self.scheme}://{self.address}{path}"
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 (the rehearsal's own)
        context = ssl.create_default_context()
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS, context=context) as answer:  # noqa: S310
                return answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 404:
                    return None
                raise


def registry_of(address: str, account: str) -> Registry:
    """Give an account's registry; its password is the one moto hands out."""
    return Registry(address, f"{account}-auth-token")


def install(find_registry: Callable[[str], Registry]) -> None:
    """Make moto describe what was pushed; `find_registry` gives an account's registry."""
    # A registry does not tell when it was given an image.
    seen: dict[str, float] = {}

    def describe_images(
        self: Any, repository_name: str, registry_id: str | None = None, image_ids: list[Any] | None = None
    ) -> list[SimpleNamespace]:
        repository = self._get_repository(repository_name, registry_id)
        registry = find_registry(repository.registry_id)
        images = {image.image_digest: image for image in _images(registry, repository_name)}
        if image_ids:
            asked = [_find(registry, repository, images, wanted) for wanted in image_ids]
            images = {image.image_digest: image for image in asked}
        for digest, image in images.items():
            image.image_pushed_at = seen.setdefault(digest, time.time())
            image.registry_id = repository.registry_id
        return list(images.values())

    def list_images(
        self: Any, repository_name: str, registry_id: str | None = None, tag_status: str = "ANY"
    ) -> list[SimpleNamespace]:
        # The registry tells of tags only, so nothing in it is without one.
        return [] if tag_status == "UNTAGGED" else describe_images(self, repository_name, registry_id)

    ECRBackend.describe_images = describe_images
    ECRBackend.list_images = list_images


def _images(registry: Registry, repository: str) -> Iterator[SimpleNamespace]:
    tags: dict[str, list[str]] = {}
    manifests = {}
    for tag in registry.tags(repository):
        if manifest := registry.manifest(repository, tag):
            manifests[manifest.digest] = manifest
            tags.setdefault(manifest.digest, []).append(tag)
    for digest, manifest in manifests.items():
        yield _image(repository, manifest, tags[digest])


def _image(repository: str, manifest: Manifest, tags: list[str]) -> SimpleNamespace:
    return SimpleNamespace(
        repository_name=repository,
        image_digest=manifest.digest,
        image_tags=tags,
        image_size_in_bytes=manifest.size,
        image_manifest_media_type=manifest.media_type,
    )


def _find(
    registry: Registry, repository: Any, images: Mapping[str, SimpleNamespace], wanted: Mapping[str, str]
) -> SimpleNamespace:
    tag, digest = wanted.get("imageTag"), wanted.get("imageDigest")
    for image in images.values():
        if tag in (None, *image.image_tags) and digest in (None, image.image_digest):
            return image
    if digest and not tag and (manifest := registry.manifest(repository.name, digest)):
        return _image(repository.name, manifest, [])
    image_id = f"{{imageDigest:'{digest or 'null'}', imageTag:'{tag or 'null'}'}}"
    raise ImageNotFoundException(image_id, repository.name, repository.registry_id)
