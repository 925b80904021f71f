import logging
from collections.abc import Mapping
from pathlib import Path

import pytest

from local.stand_in.config import Model, VersionPolicy
from local.stand_in.source import DirectorySource, parse_version, wanted_versions
from local.stand_in.status import StatusError

ALL = VersionPolicy(kind="all")


def lay(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).mkdir(parents=True)


def versions(folder: Path, policy: VersionPolicy) -> list[int]:
    return sorted(wanted_versions(Model(name="m", base_path=str(folder), policy=policy)))


@pytest.mark.parametrize(
    ("name", "number"), [("7", 7), ("007", 7), ("0", 0), ("-1", -1), ("9223372036854775807", 2**63 - 1)]
)
def test_a_name_that_is_an_int64_is_a_version(name: str, number: int) -> None:
    assert parse_version(name) == number


@pytest.mark.parametrize("name", ["v1", "1.0", "7.tmp", ".7", "", "1e3", "9223372036854775808", "٣"])
def test_other_names_are_ignored(name: str) -> None:
    assert parse_version(name) is None


def test_latest_is_the_largest_number_not_the_newest_or_last_name(tmp_path: Path) -> None:
    lay(tmp_path, "9", "10", "2")
    assert versions(tmp_path, VersionPolicy()) == [10]
    assert versions(tmp_path, VersionPolicy(count=2)) == [9, 10]


def test_all_takes_whatever_is_a_number(tmp_path: Path) -> None:
    lay(tmp_path, "1", "2", "3.tmp", "staging")
    assert versions(tmp_path, ALL) == [1, 2]


def test_a_file_named_by_a_number_counts_too(tmp_path: Path) -> None:
    (tmp_path / "5").touch()
    assert versions(tmp_path, ALL) == [5]


def test_of_names_for_the_same_number_one_wins_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    lay(tmp_path, "7", "007")
    assert len(wanted_versions(Model(name="m", base_path=str(tmp_path), policy=ALL))) == 1
    assert "Duplicate version directories" in caplog.text


def test_specific_serves_what_is_there_and_warns_of_the_rest(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    lay(tmp_path, "1", "2")
    assert versions(tmp_path, VersionPolicy(kind="specific", versions=(2, 3))) == [2]
    assert "Version 3 of servable m" in caplog.text


def test_specific_finds_a_version_with_leading_zeros(tmp_path: Path) -> None:
    lay(tmp_path, "007")
    assert versions(tmp_path, VersionPolicy(kind="specific", versions=(7,))) == [7]


def test_specific_without_versions_wants_none(tmp_path: Path) -> None:
    lay(tmp_path, "1")
    assert versions(tmp_path, VersionPolicy(kind="specific")) == []


def test_a_missing_base_path_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StatusError, match="Could not find base path"):
        versions(tmp_path / "gone", ALL)


def test_an_empty_base_path_wants_no_version(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert versions(tmp_path, ALL) == []
    assert "Did you forget to name your leaf directory as a number" in caplog.text


class Recorder:
    def __init__(self) -> None:
        self.seen: list[tuple[str, list[int]]] = []

    def __call__(self, name: str, aspired: Mapping[int, str]) -> None:
        self.seen.append((name, sorted(aspired)))


def test_one_missing_base_path_hides_the_changes_of_every_model(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lay(tmp_path, "good/1")
    recorder = Recorder()
    source = DirectorySource(recorder)
    source.replace([Model("good", str(tmp_path / "good")), Model("bad", str(tmp_path / "bad"))])
    with caplog.at_level(logging.ERROR):
        source.poll()
    assert recorder.seen == []
    assert "encountered a filesystem access error" in caplog.text
    lay(tmp_path, "bad/1")
    source.poll()
    assert recorder.seen == [("good", [1]), ("bad", [1])]


def test_a_model_left_out_is_unwanted_at_once(tmp_path: Path) -> None:
    lay(tmp_path, "a/1")
    recorder = Recorder()
    source = DirectorySource(recorder)
    source.replace([Model("a", str(tmp_path / "a"))])
    source.replace([])
    assert recorder.seen == [("a", [])]
    assert source.names == frozenset()
