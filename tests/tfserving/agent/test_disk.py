"""Files are there whole or not at all."""

import os
from pathlib import Path

import pytest

from tfserving.agent import disk


def test_a_file_is_replaced_in_one_step_and_readable_to_the_servers_user(tmp_path: Path) -> None:
    path = tmp_path / "config/models.config"
    disk.replace_file(path, b"old")
    inode = path.stat().st_ino
    disk.replace_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_ino != inode
    assert path.stat().st_mode & 0o777 == 0o644
    assert [entry.name for entry in path.parent.iterdir()] == ["models.config"]


def test_a_crash_while_writing_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "models.config"
    disk.replace_file(path, b"old")

    def crash(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", crash)
    with pytest.raises(KeyboardInterrupt):
        disk.replace_file(path, b"new")
    assert path.read_bytes() == b"old"


def test_the_sha256_of_a_missing_file_is_empty(tmp_path: Path) -> None:
    assert disk.sha256_of(tmp_path / "absent") == ""
    (tmp_path / "file").write_bytes(b"")
    assert disk.sha256_of(tmp_path / "file").startswith("e3b0c442")


def test_folders_that_are_no_versions_are_not_listed(tmp_path: Path) -> None:
    for name in (".1.partial", "01", "x", "2"):
        (tmp_path / "digits" / name).mkdir(parents=True)
    assert disk.complete_versions(tmp_path, "digits") == []
    assert disk.complete_versions(tmp_path, "absent") == []


def test_a_disk_that_loses_what_was_written_gives_a_version_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(folder: Path) -> None:
        raise OSError(5, "Input/output error", str(folder))

    monkeypatch.setattr(disk, "sync_filesystem", lost)
    with pytest.raises(OSError, match="Input/output"), disk.assembling(tmp_path / "digits/1") as folder:
        (folder / "file").write_bytes(b"x")
    assert list((tmp_path / "digits").iterdir()) == []


def test_a_folder_that_is_gone_cannot_be_synced(tmp_path: Path) -> None:
    disk.sync_filesystem(tmp_path)
    with pytest.raises(FileNotFoundError):
        disk.sync_filesystem(tmp_path / "absent")
