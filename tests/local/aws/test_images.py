"""ECR's images, as the registry has them."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.aws import images
from local.aws.images import Manifest
from tests.local.providers.servicing import client

MEDIA_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
CONTENT = json.dumps({"config": {"size": 10}, "layers": [{"size": 100}, {"size": 200}]}).encode()


FOUND = {"1": "sha256:a", "latest": "sha256:a", "sha256:a": "sha256:a", "sha256:b": "sha256:b"}


class Registry:
    """Two images in one repository, one of them with two tags and one with none."""

    def tags(self, repository: str) -> list[str]:
        return ["1", "latest"] if repository == "server" else []

    def manifest(self, repository: str, reference: str) -> Manifest | None:
        known = repository == "server" and reference in FOUND
        return Manifest(FOUND[reference], MEDIA_TYPE, CONTENT) if known else None


@pytest.fixture
def ecr(aws: None) -> Any:
    """Give ECR's API with a repository that was pushed to, and one that was not."""
    registry: Any = Registry()
    images.install(lambda _: registry)
    ecr = client("ecr")
    for name in ("server", "empty"):
        ecr.create_repository(repositoryName=name)
    return ecr


def test_an_image_is_known_by_its_tag_with_the_registrys_digest(ecr: Any) -> None:
    (image,) = ecr.describe_images(repositoryName="server", imageIds=[{"imageTag": "1"}])["imageDetails"]
    assert (image["imageDigest"], image["imageTags"], image["imageSizeInBytes"]) == ("sha256:a", ["1", "latest"], 310)
    assert image["imageManifestMediaType"] == MEDIA_TYPE
    (same,) = ecr.describe_images(repositoryName="server", imageIds=[{"imageDigest": "sha256:a"}])["imageDetails"]
    assert same == image


def test_an_image_without_tags_is_known_by_its_digest_only(ecr: Any) -> None:
    (image,) = ecr.describe_images(repositoryName="server", imageIds=[{"imageDigest": "sha256:b"}])["imageDetails"]
    assert image.get("imageTags", []) == []


def test_all_images_of_a_repository_are_listed(ecr: Any) -> None:
    listed = ecr.describe_images(repositoryName="server")["imageDetails"]
    assert [image["imageDigest"] for image in listed] == ["sha256:a"]
    assert ecr.describe_images(repositoryName="empty")["imageDetails"] == []


def test_each_tag_of_a_repository_is_listed_with_its_digest(ecr: Any) -> None:
    listed = ecr.list_images(repositoryName="server")["imageIds"]
    assert listed == [{"imageDigest": "sha256:a", "imageTag": tag} for tag in ("1", "latest")]
    assert ecr.list_images(repositoryName="server", filter={"tagStatus": "UNTAGGED"})["imageIds"] == []
    with pytest.raises(ClientError, match="RepositoryNotFoundException"):
        ecr.list_images(repositoryName="absent")


@pytest.mark.parametrize(
    "wanted",
    [{"imageTag": "2"}, {"imageDigest": "sha256:c"}, {"imageTag": "1", "imageDigest": "sha256:b"}],
)
def test_an_image_nobody_pushed_is_not_found(ecr: Any, wanted: dict[str, str]) -> None:
    with pytest.raises(ClientError, match="ImageNotFoundException"):
        ecr.describe_images(repositoryName="server", imageIds=[wanted])


def test_a_repository_that_is_not_there_is_not_found(ecr: Any) -> None:
    with pytest.raises(ClientError, match="RepositoryNotFoundException"):
        ecr.describe_images(repositoryName="absent", imageIds=[{"imageTag": "1"}])
