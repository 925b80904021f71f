"""Tags that follow from content."""

import shutil
from pathlib import Path

import pytest

from tfserving.images import ImageSource

SOURCE = ImageSource(dockerfile="Dockerfile", context="context", arguments={"BASE": "one"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Lay a Dockerfile and a context."""
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "context").mkdir()
    (tmp_path / "context/start.sh").write_text("#!/bin/sh\n")
    (tmp_path / "context/notes.txt").write_text("not sent\n")
    (tmp_path / "context/.dockerignore").write_text("# what the image does not need\nnotes.txt\n.dockerignore\n")
    return tmp_path


def test_equal_content_has_one_tag_wherever_it_lies(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    copy = tmp_path_factory.mktemp("copy") / "project"
    shutil.copytree(folder, copy)
    assert SOURCE.tag(copy) == SOURCE.tag(folder)


def test_dockerfile_arguments_contents_names_and_modes_all_count(folder: Path) -> None:
    tags = {SOURCE.tag(folder), ImageSource(dockerfile="Dockerfile", context="context").tag(folder)}
    (folder / "Dockerfile").write_text("FROM busybox\n")
    tags.add(SOURCE.tag(folder))
    (folder / "context/start.sh").write_text("#!/bin/bash\n")
    tags.add(SOURCE.tag(folder))
    (folder / "context/start.sh").chmod(0o755)
    tags.add(SOURCE.tag(folder))
    (folder / "context/start.sh").rename(folder / "context/begin.sh")
    tags.add(SOURCE.tag(folder))
    assert len(tags) == 6


def test_what_the_context_leaves_out_does_not_count(folder: Path) -> None:
    before = SOURCE.tag(folder)
    (folder / "context/notes.txt").write_text("changed\n")
    assert SOURCE.tag(folder) == before
    assert [path.name for path in SOURCE.files(folder)] == [".dockerignore", "start.sh"]
