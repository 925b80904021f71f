"""The files of a folder, and its links."""

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.tfserving.stores import FILES, saved_model
from tfserving.model_store import folder_problems
from tfserving.model_store.saved_model import files_of, folder


def complaints(root: Path) -> str:
    """Give all problems of the folder as one text."""
    return "\n".join(map(str, folder_problems(root)))


def names(root: Path) -> list[str]:
    """Give what would be published."""
    return [path.relative_to(root).as_posix() for path in files_of(root)]


def test_every_file_is_given_sorted(tmp_path: Path) -> None:
    assert names(saved_model(tmp_path)) == sorted(FILES)


def test_a_link_out_of_the_folder_is_refused_and_one_within_is_not(tmp_path: Path) -> None:
    root = saved_model(tmp_path / "model")
    (root / "assets/again.txt").symlink_to(root / "assets/words.txt")
    assert folder_problems(root) == []
    (tmp_path / "secret").write_text("secret")
    (root / "assets/secret").symlink_to(tmp_path / "secret")
    assert "has the link 'assets/secret', which leads out of it" in complaints(root)
    assert "assets/secret" not in names(root)


def test_a_folder_of_variables_that_is_a_link_is_followed(tmp_path: Path) -> None:
    root = saved_model(tmp_path)
    (root / "variables").rename(root / "real")
    (root / "variables").symlink_to("real")
    assert folder_problems(root) == []
    assert "variables/variables.index" in names(root)


def test_a_folder_of_variables_that_leads_out_is_refused(tmp_path: Path) -> None:
    root = saved_model(tmp_path / "model")
    (root / "variables").rename(tmp_path / "elsewhere")
    (root / "variables").symlink_to(tmp_path / "elsewhere")
    (problem,) = folder_problems(root)
    assert "has the link 'variables', which leads out of it" in problem.message


def test_a_folder_that_is_named_by_a_link_is_fine(tmp_path: Path) -> None:
    saved_model(tmp_path / "model")
    (tmp_path / "latest").symlink_to("model")
    assert folder_problems(tmp_path / "latest") == []
    assert names(tmp_path / "latest") == sorted(FILES)


@pytest.mark.parametrize("target", ["..", ".", "../assets", "up"])
def test_links_in_a_circle_end_in_a_message(tmp_path: Path, target: str) -> None:
    root = saved_model(tmp_path)
    (root / "assets/up").symlink_to(target)
    assert "the link 'assets/up'" in complaints(root)


def test_two_links_to_each_other_end_in_a_message(tmp_path: Path) -> None:
    root = saved_model(tmp_path)
    for name, other in (("a", "b"), ("b", "a")):
        (root / name).mkdir()
        (root / name / "to").symlink_to(root / other)
    assert "which leads back to a folder above it" in complaints(root)


def test_a_link_to_nothing_is_named_with_its_target(tmp_path: Path) -> None:
    root = saved_model(tmp_path)
    (root / "assets/gone").symlink_to("../.git/annex/objects/x")
    assert "the link 'assets/gone' to '../.git/annex/objects/x', which cannot be followed: No such file" in complaints(
        root
    )


def test_pipes_and_sockets_are_refused_without_being_opened(tmp_path: Path) -> None:
    root = saved_model(tmp_path)
    os.mkfifo(root / "pipe")
    (root / "link").symlink_to("pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(root / "socket"))
    for name in ("pipe", "link", "socket"):
        assert f"has {name!r}, which is neither a file nor a folder" in complaints(root)


@pytest.mark.parametrize("name", ["manifest.json", "assets/a\\b", "assets/a\nb", "assets/\x7f", "manifest.json/x"])
def test_a_file_the_store_cannot_hold_is_refused(tmp_path: Path, name: str) -> None:
    saved_model(tmp_path, {**FILES, name: b""})
    assert f"has the file {name!r}" in complaints(tmp_path)


def test_a_name_that_is_no_utf8_is_refused(tmp_path: Path) -> None:
    saved_model(tmp_path)
    (tmp_path / os.fsdecode(b"caf\xe9")).touch()
    assert r"has the file 'caf\udce9', whose name the store cannot hold" in complaints(tmp_path)


def test_an_asset_that_git_lfs_has_not_fetched_is_refused(tmp_path: Path) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
    saved_model(tmp_path, {**FILES, "assets/words.txt": pointer})
    assert "has the file 'assets/words.txt', which is a Git LFS pointer" in complaints(tmp_path)


def test_what_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = saved_model(tmp_path)
    opened, scanned = Path.open, os.scandir

    def refusing(path: Path, *arguments: Any, **options: Any) -> Any:
        if path.name == "saved_model.pb":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *arguments, **options)

    def blind(path: Any) -> Any:
        if str(path).endswith("variables"):
            raise PermissionError(13, "Permission denied", str(path))
        return scanned(path)

    monkeypatch.setattr(Path, "open", refusing)
    monkeypatch.setattr(os, "scandir", blind)
    assert "has the file 'saved_model.pb', which cannot be read: Permission denied" in complaints(root)
    assert "cannot be read at 'variables/': Permission denied" in complaints(root)
    assert len(folder_problems(root)) == 2


def test_a_folder_that_cannot_be_listed_is_not_called_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def blind(path: Any) -> Any:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", blind)
    (problem,) = folder_problems(saved_model(tmp_path))
    assert problem.message == "cannot be read at '.': Permission denied. Make it readable to you."


def test_there_are_only_so_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved_model(tmp_path)
    monkeypatch.setattr(folder, "MAX_FILES", 3)
    assert "has more than 3 files" in complaints(tmp_path)
