"""Build contexts, image names, and what the Docker provider refuses, without an engine."""

import gc
import io
import tarfile
from pathlib import Path

import pytest

from local.providers import DockerProvider
from local.providers.docker.context import DOCKERFILE, BuildContext
from local.providers.docker.engine import ImageName, connect
from local.providers.docker.image import CONTEXT_DIGEST, IMAGE
from local.providers.failures import ProviderError
from local.providers.wire import UNKNOWN


@pytest.fixture
def context(tmp_path: Path) -> BuildContext:
    folder = tmp_path / "context"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "sub/b.txt").write_text("b")
    (folder / "junk.log").write_text("junk")
    (folder / ".dockerignore").write_text("# logs\n*.log\n")
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    return BuildContext(folder, tmp_path / "Dockerfile")


def sent(context: BuildContext) -> dict[str, bytes]:
    archive = io.BytesIO()
    context.write(archive)
    with tarfile.open(fileobj=archive) as members:
        return {m.name: file.read() for m in members.getmembers() if (file := members.extractfile(m)) is not None}


def test_what_is_ignored_is_not_sent_and_the_dockerfile_from_outside_is(context: BuildContext) -> None:
    files = sent(context)
    assert files["a.txt"] == b"a"
    assert files["sub/b.txt"] == b"b"
    assert files[DOCKERFILE] == b"FROM scratch\n"
    assert "junk.log" not in files


def test_an_ignore_file_beside_the_dockerfile_wins(context: BuildContext) -> None:
    (context.dockerfile.parent / "Dockerfile.dockerignore").write_text("a.txt\n")
    files = sent(context)
    assert "a.txt" not in files
    assert "junk.log" in files


def test_the_digest_follows_what_is_sent_and_nothing_else(context: BuildContext) -> None:
    before = context.digest()
    (context.folder / "junk.log").write_text("other")
    assert context.digest() == before
    (context.folder / "sub/b.txt").write_text("other")
    changed = context.digest()
    assert changed != before
    context.dockerfile.write_text("FROM scratch\nUSER 1\n")
    assert context.digest() not in (before, changed)


def test_a_mode_is_part_of_the_digest(context: BuildContext) -> None:
    before = context.digest()
    (context.folder / "a.txt").chmod(0o755)
    assert context.digest() != before


def test_a_missing_dockerfile_is_refused_in_the_preview(tmp_path: Path) -> None:
    provider = DockerProvider(folder=tmp_path)
    (failure,) = provider.check(IMAGE, {"imageName": "a/b:1", "build": {"context": ".", "dockerfile": "Nowhere"}})
    assert failure.property == "build"
    assert "Nowhere" in failure.reason


def test_a_build_that_is_not_known_yet_has_no_digest_yet(tmp_path: Path) -> None:
    provider = DockerProvider(folder=tmp_path)
    inputs = {"imageName": "a/b:1", "build": {"args": {"BASE": UNKNOWN}}}
    assert provider.check(IMAGE, inputs) == []
    assert provider.complete(IMAGE, inputs)[CONTEXT_DIGEST] is UNKNOWN


def test_a_build_during_a_preview_is_refused(context: BuildContext) -> None:
    provider = DockerProvider(folder=context.folder.parent)
    inputs = {"imageName": "a/b:1", "build": {"dockerfile": "Dockerfile", "context": "context"}, "buildOnPreview": True}
    assert [failure.property for failure in provider.check(IMAGE, inputs)] == ["buildOnPreview"]


@pytest.mark.parametrize(
    ("text", "host", "repository", "tag"),
    [
        ("127.0.0.1:5000/a/b:1", "127.0.0.1:5000", "127.0.0.1:5000/a/b", "1"),
        ("host/a", "host", "host/a", "latest"),
        ("alpine:3", "alpine", "alpine", "3"),
    ],
)
def test_a_name_is_taken_apart(text: str, host: str, repository: str, tag: str) -> None:
    name = ImageName.parse(text)
    assert (name.host, name.repository, name.tag) == (host, repository, tag)


# The Docker SDK leaves its socket open when its constructor fails.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_engine_that_does_not_answer_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match=r"failed to connect to any docker daemon.*DOCKER_HOST"):
        connect(f"unix://{tmp_path}/none.sock", {}, print, tmp_path)
    gc.collect()
