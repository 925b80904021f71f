"""A change to the file under review."""

from pathlib import Path

import pytest

from tfserving.changes import ChangeError, add, edit_file, promote
from tfserving.errors import ProblemsError, ServerConfigError, SettingsError, TfServingError

TEXT = """\
# Ours.
model_config_list {
    config {
        name: "digits"
        model_version_policy { specific { versions: 1 } }
        version_labels { key: "live" value: 1 }
    }
}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a project whose stack dev uses the default config."""
    for name in ("configs/default/models.config", "Pulumi.dev.yaml", "Pulumi.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "configs/default/models.config").write_text(TEXT)
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "Pulumi.yaml").write_text("name: tfserving\n")
    return tmp_path


def own(project: Path, text: str = TEXT) -> Path:
    """Give the stack a file of its own."""
    file = project / "configs/dev/models.config"
    file.parent.mkdir()
    file.write_text(text)
    return file


def test_the_default_is_copied_to_the_stack_and_stays_as_it_is(project: Path) -> None:
    edit = edit_file(project, "dev", add("digits", 2, "test"))
    assert (edit.copied, edit.source, edit.path) == (
        True,
        "configs/default/models.config",
        "configs/dev/models.config",
    )
    assert not (project / edit.path).exists()
    edit.write()
    assert (project / edit.path).read_text() == edit.after
    assert (project / edit.source).read_text() == TEXT
    assert not edit_file(project, "organization/tfserving/dev", promote("digits")).copied


def test_a_file_is_replaced_whole_with_its_line_ends_and_rights(project: Path) -> None:
    file = own(project)
    file.write_bytes(TEXT.replace("\n", "\r\n").encode())
    file.chmod(0o640)
    edit_file(project, "dev", add("digits", 2)).write()
    assert file.read_bytes().count(b"\n") == file.read_bytes().count(b"\r\n")
    assert file.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in file.parent.iterdir()] == ["models.config"]


def test_a_file_with_mistakes_is_refused_at_their_lines(project: Path) -> None:
    own(project, TEXT.replace("value: 1", "value: 7"))
    with pytest.raises(ServerConfigError) as refused:
        edit_file(project, "dev", add("digits", 2))
    assert str(refused.value).startswith("configs/dev/models.config:6:")


def test_what_would_leave_mistakes_is_refused_and_nothing_is_written(project: Path) -> None:
    with pytest.raises(ServerConfigError) as refused:
        edit_file(project, "dev", add("digits", 2, 'a"} b'))
    assert "is no label: use letters, digits and underscores only" in str(refused.value)
    with pytest.raises(ServerConfigError) as refused:
        edit_file(project, "dev", add("no/name", 2, new_model=True))
    assert "cannot be a folder of the model store" in str(refused.value)


def test_a_stack_whose_writer_is_tfs_has_no_use_for_a_changed_file(project: Path) -> None:
    (project / "Pulumi.dev.yaml").write_text("config:\n  tfserving:modelsConfigWriter: tfs\n")
    with pytest.raises(ChangeError) as refused:
        edit_file(project, "dev", add("digits", 2))
    assert str(refused.value).endswith("Add --apply.")


@pytest.mark.parametrize(
    "settings", ["config:\n  tfserving:modelsConfigWriter: me\n", "config: [\n", "config:\n  tfserving: 1\n  a: [\n"]
)
def test_a_writer_that_cannot_be_told_is_refused(project: Path, settings: str) -> None:
    (project / "Pulumi.dev.yaml").write_text(settings)
    with pytest.raises(SettingsError):
        edit_file(project, "dev", add("digits", 2))


def test_mistakes_in_other_settings_do_not_keep_a_change_up(project: Path) -> None:
    (project / "Pulumi.dev.yaml").write_text("config:\n  tfserving:deletion: never\n")
    assert edit_file(project, "dev", add("digits", 2)).differences


@pytest.mark.parametrize("stack", ["deva", "no stack", ".."])
def test_a_stack_that_is_not_there_is_refused(project: Path, stack: str) -> None:
    with pytest.raises(TfServingError) as refused:
        edit_file(project, stack, add("digits", 2))
    assert repr(stack) in str(refused.value)


def test_a_folder_that_is_no_project_is_refused(tmp_path: Path) -> None:
    with pytest.raises((ProblemsError, ChangeError)):
        edit_file(tmp_path / "absent", "dev", add("digits", 2))
