"""Names of images in ECR."""

import pytest

from tfserving.images.names import content_tag, repository_arn, repository_name

REGISTRY = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
TAG = "0123456789abcdef"
DIGEST = f"sha256:{'0' * 64}"


@pytest.mark.parametrize(
    ("image", "tag"),
    [
        (f"{REGISTRY}/a/server:{TAG}@{DIGEST}", TAG),
        (f"{REGISTRY}/a/server@{DIGEST}", None),
        (f"registry:5000/server@{DIGEST}", None),
        (f"mirror/server:2.20.0@{DIGEST}", None),
        (f"{REGISTRY}/a/server:{TAG}", None),
        ("", None),
    ],
)
def test_a_tag_of_content_counts_beside_a_digest_only(image: str, tag: str | None) -> None:
    assert content_tag(image) == tag


@pytest.mark.parametrize("named", [f"@{DIGEST}", f":0123@{DIGEST}", ":0123"])
def test_an_image_comes_from_its_repository_however_it_is_named(named: str) -> None:
    assert repository_arn(f"{REGISTRY}/a/server{named}", "aws") == (
        "arn:aws:ecr:eu-central-1:123456789012:repository/a/server"
    )


def test_an_image_from_elsewhere_comes_from_no_repository_in_ecr() -> None:
    assert repository_arn("tensorflow/serving:2.20.0", "aws") is None


def test_a_repositorys_name_is_its_urls_path() -> None:
    assert repository_name(f"{REGISTRY}/a/server") == "a/server"
