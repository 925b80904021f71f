"""Names of the rehearsal's images."""

from pathlib import Path
from typing import Any

import pytest

from bootstrap import compose_plugin
from local.cloud.certificates import Authority
from local.cloud.images import Images


class NoImages:
    """An engine without any image, which must not be asked to build one."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} was asked for")


@pytest.fixture
def images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Images:
    """Give the names of images that a file stands in for Compose in."""
    compose = tmp_path / "docker-compose"
    compose.write_text("compose")
    monkeypatch.setattr(compose_plugin, "binary", lambda: compose)
    client: Any = NoImages()
    return Images(client, Authority(tmp_path).ensure(), print)


def test_an_image_has_a_name_before_it_is_built(images: Images) -> None:
    assert images.tag("builder").startswith("tfserving-aws-local/builder:")
    assert images.tag("builder") == images.tag("builder") != images.tag("bazel")


def test_an_image_that_speaks_as_a_release_has_it_in_its_name(images: Images) -> None:
    assert images.tag("stand-in", "2.6.5").startswith("tfserving-aws-local/stand-in:2.6.5-")
