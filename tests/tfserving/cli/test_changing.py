"""The commands that change what is served, as an operator and as a script use them."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.tfserving.changes.test_in_bucket import KEY, put
from tests.tfserving.changes.test_in_file import TEXT, own, project
from tests.tfserving.stores import CONFIGS, put_version
from tfserving import cli
from tfserving.cli.app import app

__all__ = ["project"]
# What `pulumi` answers: the stack that is selected, and its outputs.
PULUMI = f"""#!/bin/sh
case "$*" in
    "stack --show-name --non-interactive") echo dev ;;
    "stack output --json --stack dev "*) echo '{{"configsBucket": "{CONFIGS}"}}' ;;
    *) echo "$*" >&2; exit 1 ;;
esac
"""


class Ran:
    """How a command ended."""

    def __init__(self, code: object, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def tfs(project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run `tfs` in the project's folder, with a `pulumi` that answers."""
    monkeypatch.chdir(project)
    commands = project / "bin"
    commands.mkdir()
    (commands / "pulumi").write_text(PULUMI)
    (commands / "pulumi").chmod(0o755)
    monkeypatch.setenv("PATH", str(commands), prepend=":")
    monkeypatch.delenv("TFS_STACK", raising=False)
    monkeypatch.setenv("TFS_CONFIG_BUCKET", "of-another-stack")

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr("sys.argv", ["tfs", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        return Ran(ended.value.code or 0, captured.out, captured.err)

    return run


@pytest.fixture
def served(s3: Any, project: Path) -> Any:
    """Make the stack one whose writer is tfs, with its object in S3 and its models in the store."""
    (project / "Pulumi.dev.yaml").write_text("config:\n  tfserving:modelsConfigWriter: tfs\n")
    put(s3)
    for version in (1, 2, 3):
        put_version(s3, "digits", version)
    return s3


def test_add_shows_the_difference_writes_the_file_and_says_where_it_comes_from(project: Path, tfs: Any) -> None:
    ran = tfs("add", "digits", "2", "--label", "test")
    assert ran.code == 0
    assert ran.out.startswith("--- configs/default/models.config\n+++ configs/dev/models.config\n")
    assert '+        version_labels { key: "test" value: 2 }\n' in ran.out
    assert "configs/default/models.config is copied to configs/dev/models.config." in ran.out
    assert ran.out.endswith("Wrote configs/dev/models.config. `pulumi up` rolls it out.\n")
    assert 'key: "test" value: 2' in (project / "configs/dev/models.config").read_text()


def test_a_life_by_the_file_alone(project: Path, tfs: Any) -> None:
    for arguments in (
        ("add", "digits", "2", "--label", "test"),
        ("promote", "digits", "--version", "2"),
        ("rollback", "digits"),
        ("retire", "digits", "2"),
    ):
        assert tfs(*arguments, "--stack", "dev").code == 0
    assert (project / "configs/dev/models.config").read_text() == TEXT


def test_a_dry_run_writes_nothing(project: Path, tfs: Any) -> None:
    ran = tfs("add", "digits", "2", "--dry-run")
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "Nothing was written, because of --dry-run.")
    assert not (project / "configs/dev").exists()


def test_what_is_so_already_is_no_error_and_writes_nothing(project: Path, tfs: Any) -> None:
    ran = tfs("add", "digits", "1")
    assert (ran.code, ran.out) == (0, "Nothing to change: configs/dev/models.config says so already.\n")
    assert not (project / "configs/dev").exists()


def test_a_refusal_ends_in_its_reason_and_exit_code_1(project: Path, tfs: Any) -> None:
    for arguments in (("promote", "digits"), ("retire", "digits", "1"), ("rollback", "digits"), ("add", "none", "1")):
        ran = tfs(*arguments)
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.startswith("error: ")
    assert not (project / "configs/dev").exists()


@pytest.mark.parametrize("arguments", [(), ("digits", "--to", "v1")])
def test_a_rollback_needs_a_model_or_a_version_of_the_object(tfs: Any, arguments: tuple[str, ...]) -> None:
    assert tfs("rollback", *arguments).code == 2


def test_json_has_the_difference_for_scripts(tfs: Any) -> None:
    said = json.loads(tfs("add", "digits", "2", "--label", "test", "--json").out)
    assert said.pop("diff").startswith("--- configs/default/models.config\n")
    assert said == {
        "change": "add digits 2 --label test",
        "target": "configs/dev/models.config",
        "copied_from": "configs/default/models.config",
        "differences": [
            {"model": "digits", "what": "version", "how": "added", "version": 2},
            {"model": "digits", "what": "label", "how": "added", "version": 2, "label": "test"},
        ],
        "written": True,
        "version_id": None,
    }


def test_apply_writes_a_version_of_the_object_and_leaves_the_file(served: Any, project: Path, tfs: Any) -> None:
    ran = tfs("promote", "digits", "--apply")
    newest = served.head_object(Bucket=CONFIGS, Key=KEY)["VersionId"]
    assert (ran.code, ran.err) == (0, "")
    assert f"Wrote s3://{CONFIGS}/{KEY}, version {newest}." in ran.out
    assert not (project / "configs/dev").exists()
    assert json.loads(tfs("rollback", "digits", "--apply", "--bucket", CONFIGS, "--json").out)["written"] is True


def test_apply_refuses_what_is_not_in_the_store(served: Any, tfs: Any) -> None:
    ran = tfs("add", "digits", "9", "--apply")
    assert ran.code == 1
    assert "tfs publish DIRECTORY --model digits --version 9" in ran.err


def test_apply_is_refused_on_a_stack_whose_writer_is_pulumi_and_a_plain_edit_on_one_whose_writer_is_tfs(
    served: Any, project: Path, tfs: Any
) -> None:
    assert "Add --apply." in tfs("promote", "digits").err
    (project / "Pulumi.dev.yaml").write_text("config: {}\n")
    ran = tfs("promote", "digits", "--apply")
    assert ran.code == 1
    assert "has modelsConfigWriter 'pulumi'" in ran.err
    # The bucket alone says enough: the object knows its writer.
    put(served, writer=None)
    assert "is written by Pulumi" in tfs("promote", "digits", "--apply", "--bucket", CONFIGS).err


def test_a_bucket_that_is_not_there_is_named(s3: Any, tfs: Any) -> None:
    for arguments in (("promote", "digits", "--apply"), ("history",), ("rollback", "--to", "v")):
        ran = tfs(*arguments, "--bucket", "absent")
        assert ran.code == 1
        assert ran.err.startswith("error: s3://absent/configs/models.config: ")
    assert "is not a bucket's" in tfs("history", "--bucket", "s3://x").err


def test_history_shows_each_version_with_its_author_and_changes(served: Any, tfs: Any) -> None:
    tfs("promote", "digits", "--apply")
    ran = tfs("history")
    newest, oldest = json.loads(tfs("history", "--json").out)
    lines = ran.out.splitlines()
    assert newest["version_id"] in lines[0]
    assert lines[0].endswith("(what machines follow now)")
    assert lines[1:5] == [
        "    tfs promote digits",
        "    digits: label live moved from 1 to 2",
        "    digits: label retiring added at 1",
        "    digits: label test removed from 2",
    ]
    assert "arn:aws" in newest["author"]
    assert (oldest["writer"], oldest["newest"]) == ("pulumi", False)


def test_a_rollback_to_a_version_edits_the_file_of_a_stack_that_pulumi_writes(s3: Any, project: Path, tfs: Any) -> None:
    put(s3, writer=None)
    file = own(project)
    version = s3.head_object(Bucket=CONFIGS, Key=KEY)["VersionId"]
    ran = tfs("rollback", "--to", version)
    assert (ran.code, ran.err) == (0, "")
    assert file.read_text().startswith("# Ours.\n")
    assert 'key: "test" value: 2' in file.read_text()
    assert len(s3.list_object_versions(Bucket=CONFIGS, Prefix=KEY)["Versions"]) == 1


def test_a_history_of_nothing_says_so(s3: Any, tfs: Any) -> None:
    assert tfs("history").out == f"There is no version of s3://{CONFIGS}/{KEY} yet. `pulumi up` writes the first.\n"


def test_without_a_stack_pulumi_is_asked_and_its_refusal_told(
    project: Path, tfs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "bin/pulumi").write_text("#!/bin/sh\necho 'error: no stack selected' >&2; exit 255\n")
    ran = tfs("promote", "digits")
    assert ran.code == 1
    assert "Name it with --stack." in ran.err
    assert "no stack selected" in ran.err


@pytest.mark.parametrize("command", ["add", "promote", "retire", "rollback", "history"])
def test_every_command_says_how_it_is_used(command: str) -> None:
    said = CliRunner().invoke(app, [command, "--help"])
    assert said.exit_code == 0
    assert f"Example: tfs {command}" in " ".join(said.output.split())
