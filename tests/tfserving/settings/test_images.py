"""What images are built from."""

import pytest

from tests.tfserving.settings.test_load import problems_of
from tfserving.settings import load_settings

SHA256 = "0" * 64


@pytest.mark.parametrize(
    "url",
    [
        "https://mirror.example/2.20.0.tar.gz",
        "https://mirror.example:8443/a?b=c%20d",
        "https://[2001:db8::1]/x.tgz",
        "file:///srv/sources/2.20.0.tar.gz",
    ],
)
def test_a_source_over_tls_or_from_the_builder_needs_no_digest(url: str) -> None:
    assert load_settings({"serverImage": "optimized", "serverSourceUrl": url}).images.server_source_url == url


def test_a_source_without_tls_needs_the_digest_it_must_have() -> None:
    url = "http://mirror.example/2.20.0.tar.gz"
    message = problems_of(serverImage="optimized", serverSourceUrl=url)["tfserving:serverSourceUrl"]
    assert url in message
    assert "serverSourceSha256" in message
    settings = load_settings({"serverImage": "optimized", "serverSourceUrl": url, "serverSourceSha256": SHA256})
    assert settings.images.server_source_sha256 == SHA256


@pytest.mark.parametrize(
    "url",
    [
        "ftp://mirror/x.tgz",
        "https://",
        "https:///x.tgz",
        "https://user:word@mirror/x.tgz",
        "https://user@mirror/x.tgz",
        "https://mirror/a b.tgz",
        "https://mirror/\u00fc.tgz",
        "https://mirror:99999/x.tgz",
        "https://[mirror/x.tgz",
        "file://server/share.tgz",
        "HTTP://mirror/x.tgz",
        "mirror/x.tgz",
    ],
)
def test_what_is_no_url_of_a_source_is_refused(url: str) -> None:
    assert "tfserving:serverSourceUrl" in problems_of(serverImage="optimized", serverSourceUrl=url)


@pytest.mark.parametrize("digest", ["0" * 63, "0" * 65, "A" * 64, "sha256:" + SHA256, "\uff10" * 64])
def test_a_digest_is_64_hexadecimal_digits(digest: str) -> None:
    problems = problems_of(serverImage="optimized", serverSourceUrl="https://m/x", serverSourceSha256=digest)
    assert set(problems) == {"tfserving:serverSourceSha256"}


@pytest.mark.parametrize(
    "name",
    ["ubuntu:22.04", "mirror.example:5000/a/b_c:1.0-x", f"tensorflow/serving@sha256:{SHA256}", "localhost:5000/x"],
)
def test_an_image_is_named_as_docker_names_it(name: str) -> None:
    assert load_settings({"serverBaseImage": name}).images.server_base == name


@pytest.mark.parametrize("name", ["Ubuntu", "ubuntu:", "ubuntu:\u00e4", "a//b", "https://a/b", "ubuntu@sha256:0"])
def test_what_docker_would_not_pull_is_refused(name: str) -> None:
    assert "is not an image name" in problems_of(serverBaseImage=name)["tfserving:serverBaseImage"]
