"""`tfs`, as an operator and as a script use it."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.tfserving.client.conftest import Answering, answering, web
from tests.tfserving.stores import CONFIGS, MODELS, put_version, saved_model
from tfserving import cli
from tfserving.cli import status

PROJECT = Path(__file__).parents[3]
WANTED = b"model_config_list {}"
ETAG = hashlib.md5(WANTED, usedforsecurity=False).hexdigest()
__all__ = ["answering", "web"]


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tables and help be as wide as they like."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERMINAL_WIDTH", "200")


class Ran:
    """How a command ended."""

    def __init__(self, code: object, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def tfs(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run `tfs` in this process."""

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["tfs", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        return Ran(ended.value.code or 0, captured.out, captured.err)

    return run


def machine(ready: bool = True, **other: Any) -> dict[str, Any]:
    """Give a machine's status object."""
    model = {"model": "digits", "version": 2, "labels": ["live"], "state": "labelled", "error": ""}
    return {
        "format": 1,
        "instance_id": "i-1",
        "updated_at": "2026-11-23T10:00:00Z",
        "ready": ready,
        "problems": [] if ready else ["digits/2: broken"],
        "config": {"version_id": "v", "etag": ETAG, "sha256": "s"},
        "models": [model],
        **other,
    }


def report(client: Any, status: dict[str, Any]) -> None:
    """Write a status object, as agents do, of the config that is wanted."""
    client.put_object(Bucket=CONFIGS, Key="configs/models.config", Body=WANTED)
    client.put_object(Bucket=CONFIGS, Key=f"status/{status['instance_id']}.json", Body=json.dumps(status).encode())


def test_publish_says_where_the_version_is(s3: Any, tfs: Any, tmp_path: Path) -> None:
    ran = tfs("publish", str(saved_model(tmp_path)), "--model", "digits", "--version", "3", "--bucket", MODELS)
    assert (ran.code, ran.out) == (0, "Published digits/3 to s3://models-bucket/models/digits/3/.\n")


def test_publish_prints_json_for_scripts(s3: Any, tfs: Any, tmp_path: Path) -> None:
    ran = tfs("publish", str(saved_model(tmp_path)), "--model", "digits", "--bucket", MODELS, "--json")
    assert json.loads(ran.out) == {"model": "digits", "version": 0, "bucket": MODELS}


def test_publish_of_a_version_that_is_there_fails_with_the_next_number(s3: Any, tfs: Any, tmp_path: Path) -> None:
    put_version(s3, "digits", 3)
    ran = tfs("publish", str(saved_model(tmp_path)), "--model", "digits", "--version", "3", "--bucket", MODELS)
    assert ran.code == 1
    assert "Publish as 4." in ran.err
    assert ran.out == ""


@pytest.mark.parametrize("command", [("publish", ".", "--model", "digits"), ("status",)])
def test_a_bucket_that_is_not_there_is_named_without_a_traceback(
    s3: Any, tfs: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.chdir(saved_model(tmp_path))
    ran = tfs(*command, "--bucket", "absent")
    assert ran.code == 1
    assert ran.err.startswith("error: s3://absent: ")
    assert "NoSuchBucket" in ran.err


def test_an_upload_that_is_refused_is_told_plainly(
    s3: Any, tfs: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no right to write"}}, "PutObject")

    session = boto3.session.Session()
    session.events.register("before-call.s3.PutObject", refuse)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    ran = tfs("publish", str(saved_model(tmp_path)), "--model", "digits", "--bucket", MODELS)
    assert ran.code == 1
    assert ran.err.startswith("error: s3://models-bucket: ")
    assert "no right to write" in ran.err


def test_a_profile_that_is_not_there_is_told_plainly(tfs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "absent")
    ran = tfs("status", "--bucket", CONFIGS)
    assert ran.code == 1
    assert "absent" in ran.err
    assert "Traceback" not in ran.err


def test_status_shows_machine_model_version_label_and_state(s3: Any, tfs: Any) -> None:
    report(s3, machine())
    ran = tfs("status", "--bucket", CONFIGS)
    assert ran.code == 0
    for part in ("i-1", "current", "digits", "2", "live", "labelled"):
        assert part in ran.out
    assert re.search(r" \d+ s ", ran.out)


def test_status_fails_and_says_why_while_a_machine_is_not_ready(s3: Any, tfs: Any) -> None:
    report(s3, machine(ready=False))
    report(s3, machine(instance_id="i-2", models=[]))
    ran = tfs("status", "--bucket", CONFIGS)
    assert ran.code == status.NOT_READY
    assert "i-1: digits/2: broken" in ran.out


def test_status_without_machines_is_not_ready(s3: Any, tfs: Any) -> None:
    ran = tfs("status", "--bucket", CONFIGS)
    assert (ran.code, ran.out) == (1, "No machine has reported yet.\n")


def test_status_prints_json_for_scripts(s3: Any, tfs: Any) -> None:
    report(s3, machine())
    ran = tfs("status", "--bucket", CONFIGS, "--json")
    (found,) = json.loads(ran.out)["machines"]
    assert (found["machine"], found["standing"], found["config"]) == ("i-1", "ready", "current")
    assert found["models"] == [
        {"model": "digits", "version": 2, "labels": ["live"], "state": "labelled", "step": "", "error": ""}
    ]


def test_status_waits_until_every_machine_is_ready(s3: Any, tfs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    report(s3, machine(ready=False))
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        report(s3, machine())

    monkeypatch.setattr("time.sleep", sleep)
    assert tfs("status", "--bucket", CONFIGS, "--wait", "60").code == 0
    assert len(slept) == 1


def test_check_finds_no_mistakes_in_the_projects_own_configs(tfs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    ran = tfs("check", "--stack", "dev")
    assert ran.code == 0
    assert ran.out.startswith("No mistakes in configs/default/models.config")


def test_check_names_every_mistake_with_its_line(tfs: Any, tmp_path: Path) -> None:
    folder = tmp_path / "configs/default"
    folder.mkdir(parents=True)
    (folder / "models.config").write_text('model_config_list {\n  config { name: "a" }\n  config { name: "a" }\n}\n')
    (folder / "batching.config").write_text("max_batch_size: 3\n")
    ran = tfs("check", str(tmp_path), "--stack", "dev")
    assert ran.code == 1
    assert "models.config:3:" in ran.err
    assert "batching.config:1:" in ran.err


def test_check_without_a_configs_folder_says_what_is_missing(tfs: Any, tmp_path: Path) -> None:
    ran = tfs("check", str(tmp_path), "--stack", "dev")
    assert ran.code == 1
    assert "configs" in ran.err


@pytest.mark.parametrize("numbers", ["[[1, 2]]", "[[1.5, 2]]"])
def test_predict_gives_numbers_the_type_the_signature_wants(
    answering: Answering, tfs: Any, tmp_path: Path, numbers: str
) -> None:
    (tmp_path / "inputs.json").write_text(f'{{"images": {numbers}}}')
    ran = tfs("predict", "--server", answering.address, "--model", "digits", "--input", str(tmp_path / "inputs.json"))
    assert ran.code == 0
    assert json.loads(ran.out) == {"images": json.loads(numbers)}
    assert answering.asked[-1].inputs["images"].dtype == 1


def test_predict_speaks_rest_to_a_url(web: Any, tfs: Any, tmp_path: Path) -> None:
    web.answer = {"outputs": [[0.5]]}
    (tmp_path / "inputs.json").write_text('{"images": [[1]]}')
    ran = tfs("predict", "--server", web.url, "--model", "digits", "--input", str(tmp_path / "inputs.json"))
    assert json.loads(ran.out) == {"output": [[0.5]]}


@pytest.mark.parametrize(
    ("content", "options", "complaint"),
    [
        ("{", (), "is not JSON"),
        ("[]", (), "must hold a JSON object"),
        ('{"image": [1]}', (), "has no input 'image'. It has images."),
        ('{"images": [[1], [2, 3]]}', (), "The input 'images' is no array of float32"),
        ('{"images": ["x"]}', (), "The input 'images' is no array of float32"),
        ('{"images": [1]}', ("--signature", "other"), "has no signature 'other'. It has serving_default."),
        ('{"images": [1]}', ("--version", "1", "--label", "live"), "not for both"),
        (None, (), "cannot be read: No such file or directory."),
    ],
)
def test_predict_refuses_what_cannot_be_sent(
    answering: Answering, tfs: Any, tmp_path: Path, content: str | None, options: tuple[str, ...], complaint: str
) -> None:
    source = tmp_path / "inputs.json"
    if content is not None:
        source.write_text(content)
    ran = tfs("predict", "--server", answering.address, "--model", "digits", "--input", str(source), *options)
    assert ran.code == 1
    assert complaint in ran.err


@pytest.mark.parametrize("command", ["publish", "check", "status", "predict"])
def test_help_teaches_with_an_example(tfs: Any, command: str) -> None:
    ran = tfs(command, "--help")
    assert ran.code == 0
    assert "Example: " in ran.out


def test_wrong_usage_has_a_code_of_its_own(tfs: Any) -> None:
    assert tfs("publish").code == 2
    assert tfs("sideways").code == 2


def test_nothing_imports_tensorflow_or_aws_before_it_is_needed() -> None:
    assert not imported_by("tfserving.cli.app") & {"tensorflow", "boto3", "grpc", "numpy"}
    assert "tensorflow" not in imported_by("tfserving.client")


def imported_by(module: str) -> set[str]:
    """Name what importing a module imports."""
    script = f"import sys, {module}; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True)
    return set(ran.stdout.split())
