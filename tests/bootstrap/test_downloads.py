import hashlib
import socket
import time
from pathlib import Path

import pytest

from bootstrap import downloads
from bootstrap.errors import ChecksumError, UnreachableError
from bootstrap.versions import Release

CONTENT = b"a program"
SUM = hashlib.sha256(CONTENT).hexdigest()
RELEASE = Release("1.0", "https://a.example/tool-{version}", "https://b.example/sums", {"x86_64": "x", "aarch64": "a"})


class Published:
    """A downloader that serves what a test published."""

    def __init__(self, **files: bytes) -> None:
        self.files = files

    def __call__(self, url: str, file: Path) -> None:
        file.write_bytes(self.files["sums" if url.endswith("sums") else "tool"])


def test_a_release_with_the_published_sum_is_used(tmp_path: Path) -> None:
    published = Published(tool=CONTENT, sums=f"{'0' * 64}  other\n{SUM}  tool-1.0\n".encode())
    assert downloads.fetch_release(RELEASE, tmp_path, published).read_bytes() == CONTENT
    assert [file.name for file in tmp_path.iterdir()] == ["tool-1.0"]


def test_a_wrong_sum_refuses_the_file_and_names_both_sums(tmp_path: Path) -> None:
    published = Published(tool=b"something else", sums=f"{SUM} *tool-1.0\n".encode())
    with pytest.raises(ChecksumError) as refusal:
        downloads.fetch_release(RELEASE, tmp_path, published)
    assert SUM in str(refusal.value)
    assert hashlib.sha256(b"something else").hexdigest() in str(refusal.value)
    assert not (tmp_path / "tool-1.0").exists()


def test_a_release_without_a_published_sum_is_not_used(tmp_path: Path) -> None:
    with pytest.raises(ChecksumError, match=r"has no sum for 'tool-1\.0'"):
        downloads.fetch_release(RELEASE, tmp_path, Published(tool=CONTENT, sums=b"<html>not found</html>"))


def test_a_server_that_refuses_is_given_up_at_once(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(UnreachableError, match=r"^127\.0\.0\.1 does not hand out file: .*refused"):
            downloads.download(f"https://127.0.0.1:{port}/file", tmp_path / "file")


def test_a_server_that_never_answers_is_given_up_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "TIMEOUT_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(UnreachableError, match="timed out"):
            downloads.download(f"https://127.0.0.1:{silent.getsockname()[1]}/file", tmp_path / "file")
    assert time.monotonic() - began < 2
