"""`tfs`, as an operator and as a script use it."""

import hashlib
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.tfserving import saved_models
from tests.tfserving.client.conftest import Answering, answering, info, signatures, web
from tests.tfserving.stores import CONFIGS, MODELS, put_version, saved_model
from tfserving import cli
from tfserving.cli import status
from tfserving.fleet import lookup
from tfserving.protos.serving_api_pb2 import DataType

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


FOREIGN = {
    "status/": b"",
    "status/notes.txt": b"not JSON",
    "status/latin1.json": b'{"a": "\xe9"}',
    "status/list.json": b"[]",
    "status/number.json": b"1",
    "status/empty.json": b"{}",
    "status/deep.json": b"[" * 100_000,
    "status/surrogate.json": json.dumps(machine(instance_id="\ud800")).encode(),
    "status/machine.json": json.dumps({**machine(), "instance_id": "machine", "ready": "yes"}).encode(),
    "status/copy-of-i-1.json": json.dumps(machine()).encode(),
    "status/problems.json": json.dumps(machine(problems=[1])).encode(),
    "status/models.json": json.dumps(machine(models=["digits"])).encode(),
    "status/labels.json": json.dumps(machine(models=[{"model": "digits", "version": 1, "state": ""}])).encode(),
}


@pytest.mark.parametrize("key", FOREIGN)
def test_an_object_that_no_machine_wrote_is_named_and_not_counted(s3: Any, tfs: Any, key: str) -> None:
    report(s3, machine())
    s3.put_object(Bucket=CONFIGS, Key=key, Body=FOREIGN[key])
    for options in ((), ("--json",)):
        ran = tfs("status", "--bucket", CONFIGS, *options)
        assert ran.code == 0
        assert f"'s3://{CONFIGS}/{key}' is no machine's status: " in ran.err
        assert len(ran.err.splitlines()) == 1
    assert [found["machine"] for found in json.loads(ran.out)["machines"]] == ["i-1"]


def test_a_machine_is_not_ready_because_others_write_beside_it(s3: Any, tfs: Any) -> None:
    s3.put_object(Bucket=CONFIGS, Key="status/notes.txt", Body=b"x")
    ran = tfs("status", "--bucket", CONFIGS)
    assert (ran.code, ran.out) == (1, "No machine has reported yet.\n")


def test_a_huge_object_is_not_read(s3: Any, tfs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "MOST_BYTES", 10)
    report(s3, machine())
    assert re.search(r"it has \d+ bytes", tfs("status", "--bucket", CONFIGS).err)


def test_what_looks_like_markup_is_shown_as_it_is(s3: Any, tfs: Any) -> None:
    report(s3, machine(instance_id="[/red]"))
    assert "[/red]" in tfs("status", "--bucket", CONFIGS).out


@pytest.mark.parametrize("command", [("publish", ".", "--model", "digits"), ("status",)])
@pytest.mark.parametrize(
    ("bucket", "complaint"),
    [
        ("s3://models-bucket", "Write 'models-bucket'."),
        ("s3://models-bucket/digits", "Write 'models-bucket'."),
        ("arn:aws:s3:::models-bucket", "Write 'models-bucket'."),
        ("Models-Bucket", "Write 'models-bucket'."),
        ("", "is empty. Name a bucket"),
        ("models_bucket", "3 to 63 lower-case letters"),
    ],
)
def test_a_bucket_that_is_no_plain_name_is_told_what_to_write(
    s3: Any, tfs: Any, command: tuple[str, ...], bucket: str, complaint: str
) -> None:
    ran = tfs(*command, "--bucket", bucket)
    assert ran.code == 1
    assert complaint in ran.err
    assert "Traceback" not in ran.err


def test_publish_names_the_tags_of_a_server_that_looks_for_others(s3: Any, tfs: Any, tmp_path: Path) -> None:
    content = saved_models.saved_model(saved_models.graph(tags=("serve", "gpu")))
    arguments = ("publish", str(saved_model(tmp_path, {"saved_model.pb": content})), "--model", "digits")
    assert "no graph tagged 'serve'" in tfs(*arguments, "--bucket", MODELS).err
    assert tfs(*arguments, "--bucket", MODELS, "--saved-model-tags", "serve,gpu").code == 0


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


def test_check_of_a_mistyped_stack_fails_with_the_stacks_there_are(tfs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    ran = tfs("check", "--stack", "dve")
    assert (ran.code, ran.out) == (1, "")
    assert "Perhaps 'dev' was meant. The stacks there are: dev, " in ran.err


def test_check_takes_the_last_part_of_a_full_name(tfs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    assert tfs("check", "--stack", "org/project/dev").out == tfs("check", "--stack", "dev").out
    assert tfs("check", "--stack", "org/project/dve").code == 1
    assert tfs("check", "--stack", "../dev").code == 1


def test_check_says_what_it_could_not_look_at(tfs: Any, tmp_path: Path) -> None:
    for stack in ("dev", "prod"):
        (tmp_path / "configs" / stack).mkdir(parents=True)
        (tmp_path / "configs" / stack / "models.config").write_text('model_config_list { config { name: "a" } }')
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  tfserving:vpcId: {secure: v1:x}\n")
    assert "Not looked at, since encrypted: vpcId." in tfs("check", str(tmp_path), "--stack", "dev").out
    assert "no settings were looked at" in tfs("check", str(tmp_path), "--stack", "prod").out


def test_check_prints_json_for_scripts(tfs: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    ran = tfs("check", "--stack", "tutorial-long", "--json")
    found = json.loads(ran.out)
    assert (ran.code, found["stack"], found["problems"], found["skipped"]) == (0, "tutorial-long", [], [])
    assert "Pulumi.tutorial-long.yaml" in found["files"]
    ran = tfs("check", str(tmp_path), "--stack", "dev", "--json")
    assert (ran.code, ran.err) == (1, "")
    assert {problem["where"] for problem in json.loads(ran.out)["problems"]} == {"--stack", "configs/"}


@pytest.mark.parametrize("numbers", ["[[1, 2]]", "[[1.5, 2]]"])
def test_predict_gives_numbers_the_type_the_signature_wants(
    answering: Answering, tfs: Any, tmp_path: Path, numbers: str
) -> None:
    (tmp_path / "inputs.json").write_text(f'{{"images": {numbers}}}')
    ran = tfs("predict", "--server", answering.address, "--model", "digits", "--input", str(tmp_path / "inputs.json"))
    assert ran.code == 0
    assert json.loads(ran.out) == {"images": json.loads(numbers)}
    assert answering.predictions[-1].inputs["images"].dtype == DataType.DT_FLOAT


def test_predict_speaks_rest_to_a_url(web: Any, tfs: Any, tmp_path: Path) -> None:
    web.answer = {"outputs": [[0.5]]}
    (tmp_path / "inputs.json").write_text('{"images": [[1]]}')
    ran = tfs("predict", "--server", web.url, "--model", "digits", "--input", str(tmp_path / "inputs.json"))
    assert json.loads(ran.out) == {"images": [[0.5]]}


def test_predict_sends_and_prints_bytes_in_base64(answering: Answering, tfs: Any, tmp_path: Path) -> None:
    answering.signatures = signatures({name: info("DT_STRING", -1) for name in ("image_bytes", "raw")})
    given = {"image_bytes": [{"b64": "aGk="}], "raw": [{"b64": "/wA="}, "text"]}
    (tmp_path / "inputs.json").write_text(json.dumps(given))
    ran = tfs("predict", "--server", answering.address, "--model", "digits", "--input", str(tmp_path / "inputs.json"))
    assert list(answering.predictions[0].inputs["image_bytes"].string_val) == [b"hi"]
    assert json.loads(ran.out) == given


def test_predict_prints_every_number(answering: Answering, tfs: Any, tmp_path: Path) -> None:
    answering.signatures = signatures(
        {"ids": info("DT_INT64", -1), "x": info("DT_FLOAT", -1), "z": info("DT_COMPLEX64")}
    )
    (tmp_path / "inputs.json").write_text('\ufeff{"ids": [9007199254740993], "x": [0.1, NaN, -Infinity], "z": 1.5}')
    ran = tfs("predict", "--server", answering.address, "--model", "digits", "--input", str(tmp_path / "inputs.json"))
    assert ran.out == '{"ids": [9007199254740993], "x": [0.1, NaN, -Infinity], "z": [1.5, 0.0]}\n'


def test_predict_calls_a_signature_without_inputs(answering: Answering, tfs: Any, monkeypatch: Any) -> None:
    answering.signatures = signatures({})
    monkeypatch.setattr("sys.stdin", io.StringIO("{}"))
    assert tfs("predict", "--server", answering.address, "--model", "clock").out == "{}\n"


@pytest.mark.parametrize(
    ("content", "options", "complaint"),
    [
        ("{", (), "is not JSON"),
        ("[]", (), "must hold a JSON object"),
        (b'{"images": ["\xff"]}', (), "its byte 13 is not UTF-8"),
        ('{"images": [1], "images": [2]}', (), "the key 'images' stands twice"),
        ('{"images": [1e400]}', (), "the number 1e400 is too large"),
        ('{"images": ' + "[" * 100_000 + "]" * 100_000 + "}", (), "is nested too deep"),
        ('{"images": [1, null]}', (), "images[1] is None (null in JSON)"),
        ('{"images": [1e39]}', (), "images[0] is 1e+39, too large for float32."),
        ('{"images": [{"b64": "aGk="}]}', (), "The input 'images' is no array of float32: images[0] is {'b64'"),
        ('{"instances": [[1]]}', (), "body of a REST request"),
        ('{"images": [1]}', ("--timeout", "-1"), "The timeout -1.0 is no time to wait."),
        ('{"images": [1]}', ("--version", "-1"), "the version -1 is none."),
        ('{"image": [1]}', (), "has no input 'image'. It has images."),
        ('{"images": [[1], [2, 3]]}', (), "The input 'images' is no array of float32"),
        ('{"images": ["x"]}', (), "The input 'images' is no array of float32"),
        ('{"images": [1]}', ("--signature", "other"), "has no signature 'other'. It has serving_default."),
        ('{"images": [1]}', ("--version", "1", "--label", "live"), "not for both"),
        (None, (), "cannot be read: No such file or directory."),
    ],
)
def test_predict_refuses_what_cannot_be_sent(
    answering: Answering,
    tfs: Any,
    tmp_path: Path,
    content: str | bytes | None,
    options: tuple[str, ...],
    complaint: str,
) -> None:
    source = tmp_path / "inputs.json"
    if content is not None:
        source.write_bytes(content if isinstance(content, bytes) else content.encode())
    ran = tfs("predict", "--server", answering.address, "--model", "digits", "--input", str(source), *options)
    assert ran.code == 1
    assert complaint in ran.err
    assert answering.predictions == []


@pytest.mark.parametrize("server", ["digits", "http://", "grpc://10.0.0.5:8500"])
def test_predict_refuses_a_server_that_is_no_address(tfs: Any, tmp_path: Path, server: str) -> None:
    (tmp_path / "inputs.json").write_text("{}")
    ran = tfs("predict", "--server", server, "--model", "digits", "--input", str(tmp_path / "inputs.json"))
    assert ran.code == 1
    assert f"error: The server {server!r} is no" in ran.err


@pytest.mark.parametrize("command", ["publish", "adopt", "models", "signature", "check", "status", "predict"])
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
