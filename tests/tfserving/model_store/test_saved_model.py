"""What a folder must have."""

from pathlib import Path

import pytest

from tests.tfserving.stores import FILES, saved_model
from tfserving.model_store import folder_problems


def complaints(folder: Path) -> str:
    """Give all problems as one text."""
    return "\n".join(str(problem) for problem in folder_problems(folder))


def test_a_saved_model_has_no_problems(tmp_path: Path) -> None:
    assert folder_problems(saved_model(tmp_path)) == []


def test_a_model_without_variables_is_fine(tmp_path: Path) -> None:
    assert folder_problems(saved_model(tmp_path, {"saved_model.pb": b"graph"})) == []


def test_a_missing_folder_and_a_file_are_no_folders(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name in ("absent", "file"):
        assert "is not a folder" in complaints(tmp_path / name)


def test_the_folder_above_a_saved_model_is_told_from_it(tmp_path: Path) -> None:
    saved_model(tmp_path / "1")
    assert "not one above it" in complaints(tmp_path)


def test_variables_without_their_index_are_an_incomplete_copy(tmp_path: Path) -> None:
    saved_model(tmp_path, {path: FILES[path] for path in FILES if not path.endswith(".index")})
    assert "no variables/variables.index" in complaints(tmp_path)


def test_a_link_out_of_the_folder_is_refused_and_one_within_is_not(tmp_path: Path) -> None:
    folder = saved_model(tmp_path / "model")
    (folder / "assets/again.txt").symlink_to(folder / "assets/words.txt")
    assert folder_problems(folder) == []
    (tmp_path / "secret").write_text("secret")
    (folder / "assets/secret").symlink_to(tmp_path / "secret")
    assert "has the link 'assets/secret', which leads out of it" in complaints(folder)


@pytest.mark.parametrize("name", ["manifest.json", "assets/a\\b"])
def test_a_file_the_store_cannot_hold_is_refused(tmp_path: Path, name: str) -> None:
    saved_model(tmp_path, {**FILES, name: b""})
    assert f"has the file {name!r}" in complaints(tmp_path)
