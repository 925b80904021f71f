"""A build from its source to its end, in this process: with moto's S3 and CloudWatch, and without a Docker engine."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from local.builder import build as building
from local.builder.build import Build
from local.builder.order import Order
from local.builder.report import PhaseError, Report
from tests.local.providers.servicing import REGION, client

UUID = "11111111-2222-3333-4444-555555555555"
ALL = [
    "PROVISIONING",
    "DOWNLOAD_SOURCE",
    "INSTALL",
    "PRE_BUILD",
    "BUILD",
    "POST_BUILD",
    "UPLOAD_ARTIFACTS",
    "FINALIZING",
]


def order(buildspec: str | None, *, privileged: bool = False, **log: str) -> Order:
    """Order a build of the archive in S3."""
    build = {
        "id": f"images:{UUID}",
        "arn": f"arn:aws:codebuild:{REGION}:123456789012:build/images:{UUID}",
        "buildNumber": 7,
        "projectName": "images",
        "startTime": 1e9,
        "serviceRole": "arn:aws:iam::123456789012:role/builder",
        "encryptionKey": "arn:aws:kms:::alias/aws/s3",
        "source": {"type": "S3", "location": "configs/builds/1.zip", **({"buildspec": buildspec} if buildspec else {})},
        "environment": {
            "image": "aws/codebuild/standard:7.0",
            "privilegedMode": privileged,
            "environmentVariables": [{"name": "WHO", "value": "build", "type": "PLAINTEXT"}],
        },
        "logs": {"cloudWatchLogs": {"status": "ENABLED", "groupName": "builds", **log}},
    }
    return Order(build, REGION, began=1e9 + 1)


class Builder:
    """Runs orders, with the bucket and the log group they are about."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._report = root / "report.json"
        client("logs").create_log_group(logGroupName="builds")
        client("s3").create_bucket(Bucket="configs", CreateBucketConfiguration={"LocationConstraint": REGION})
        self.send({"hello.sh": "#!/bin/sh\necho hello\n", "buildspec.yml": spec(build=["echo found"])})

    def send(self, files: Mapping[str, str]) -> None:
        """Send a source whose files may be executed."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name, content in files.items():
                entry = zipfile.ZipInfo(name)
                entry.external_attr = 0o755 << 16
                archive.writestr(entry, content)
        client("s3").put_object(Bucket="configs", Key="builds/1.zip", Body=packed.getvalue())

    def run(self, ordered: Order) -> Any:
        """Run a build and give what it reported in the end."""
        Build(ordered, Report(self._report), client, self._root / "output").run()
        return json.loads(self._report.read_text())

    def log(self, stream: str = UUID) -> str:
        """Give everything in the log."""
        events = client("logs").get_log_events(logGroupName="builds", logStreamName=stream, startFromHead=True)
        return "".join(event["message"] for event in events["events"])


@pytest.fixture
def builder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield Builder(tmp_path)


def spec(**phases: list[str]) -> str:
    """Write a specification."""
    return json.dumps(
        {
            "version": 0.2,
            "env": {"variables": {"WHO": "specification", "WHAT": "specification"}},
            "phases": {name: {"commands": commands} for name, commands in phases.items()},
        },
        indent=1,
    )


def statuses(report: Any) -> dict[str, str]:
    """Give the status of each phase by its type."""
    return {phase["phaseType"]: phase["phaseStatus"] for phase in report["phases"]}


def contexts(report: Any) -> list[Any]:
    """Give why phases failed."""
    return [context for phase in report["phases"] for context in phase["contexts"] if context["statusCode"]]


def test_a_build_goes_through_all_phases_and_its_log_holds_what_its_commands_said(builder: Builder) -> None:
    report = builder.run(order(spec(build=["./hello.sh", 'echo "$WHO $WHAT"'], post_build=["pwd"])))
    assert report["buildStatus"] == "SUCCEEDED"
    assert list(statuses(report)) == ALL
    assert set(statuses(report).values()) == {"SUCCEEDED"}
    assert report["phases"][0]["startTime"] == 1e9 + 1
    assert report["log"] == {"groupName": "builds", "streamName": UUID}
    lines = builder.log().splitlines()
    assert {"hello", "build specification"} <= set(lines)
    assert any(line.endswith("Running command ./hello.sh") for line in lines)


def test_commands_find_the_variables_of_codebuild(builder: Builder) -> None:
    names = ("CODEBUILD_BUILD_ID", "CODEBUILD_BUILD_NUMBER", "CODEBUILD_SOURCE_REPO_URL", "AWS_REGION")
    builder.run(order(spec(build=[f'echo "${name}"' for name in names] + ['[ "$PWD" = "$CODEBUILD_SRC_DIR" ]'])))
    assert {f"images:{UUID}", "7", "configs/builds/1.zip", REGION} <= set(builder.log().splitlines())


def test_a_command_that_fails_ends_its_phase_and_the_last_phase_is_told(builder: Builder) -> None:
    commands = spec(build=["exit 3", "echo never"], post_build=['echo "succeeding: $CODEBUILD_BUILD_SUCCEEDING"'])
    report = builder.run(order(commands))
    assert report["buildStatus"] == "FAILED"
    assert [name for name, status in statuses(report).items() if status == "FAILED"] == ["BUILD"]
    assert contexts(report) == [
        {
            "statusCode": "COMMAND_EXECUTION_ERROR",
            "message": "Error while executing command: exit 3. Reason: exit status 3",
        }
    ]
    assert "succeeding: 0" in builder.log()
    assert "never\n" not in builder.log().splitlines(keepends=True)


def test_nothing_is_built_after_a_preparation_that_failed(builder: Builder) -> None:
    report = builder.run(order(spec(pre_build=["false"], build=["echo never"], post_build=["echo never"])))
    assert statuses(report) == dict.fromkeys(ALL[:3], "SUCCEEDED") | {"PRE_BUILD": "FAILED", "FINALIZING": "SUCCEEDED"}
    assert report["buildStatus"] == "FAILED"


def test_a_last_phase_that_fails_fails_the_build(builder: Builder) -> None:
    report = builder.run(order(spec(build=["true"], post_build=["false"])))
    assert (statuses(report)["POST_BUILD"], report["buildStatus"]) == ("FAILED", "FAILED")


@pytest.mark.parametrize("named", [None, "other.yml"])
def test_a_specification_may_be_a_file_of_the_source(builder: Builder, named: str | None) -> None:
    builder.send({named or "buildspec.yml": spec(build=["echo found"])})
    assert builder.run(order(named))["buildStatus"] == "SUCCEEDED"
    assert "found" in builder.log().splitlines()


@pytest.mark.parametrize(
    ("text", "reason"), [("version: 1\nphases: {}", "Invalid buildspec version"), ("none.yml", "No such file")]
)
def test_a_specification_that_cannot_be_read_or_is_missing_is_told(builder: Builder, text: str, reason: str) -> None:
    (context,) = contexts(builder.run(order(text)))
    assert context["statusCode"] == "YAML_FILE_ERROR"
    assert reason in context["message"]


def test_a_source_that_is_not_there_fails_the_download_with_what_s3_said(builder: Builder) -> None:
    client("s3").delete_object(Bucket="configs", Key="builds/1.zip")
    report = builder.run(order(spec(build=["true"])))
    assert statuses(report) == {"PROVISIONING": "SUCCEEDED", "DOWNLOAD_SOURCE": "FAILED", "FINALIZING": "SUCCEEDED"}
    (context,) = contexts(report)
    assert context["message"].startswith("NoSuchKey: The specified key does not exist. status code: 404")
    assert context["message"].endswith("arn:aws:s3:::configs/builds/1.zip")


def test_a_source_that_is_no_archive_is_refused(builder: Builder) -> None:
    client("s3").put_object(Bucket="configs", Key="builds/1.zip", Body=b"words")
    (context,) = contexts(builder.run(order(spec(build=["true"]))))
    assert "not a valid zip file" in context["message"]


def test_a_group_that_is_not_there_is_created_and_a_stream_may_have_a_prefix(builder: Builder) -> None:
    report = builder.run(order(spec(build=["true"]), groupName="new", streamName="mine"))
    assert report["log"] == {"groupName": "new", "streamName": f"mine/{UUID}"}
    assert client("logs").describe_log_streams(logGroupName="new")["logStreams"]


def test_a_build_may_have_no_log(builder: Builder) -> None:
    report = builder.run(order(spec(build=["true"]), status="DISABLED"))
    assert report["buildStatus"] == "SUCCEEDED"
    assert "log" not in report


def test_only_a_privileged_build_has_an_engine(builder: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise PhaseError("INTERNAL_SERVICE_ERROR", "The Docker engine did not start: broken")

    monkeypatch.setattr(building, "start_engine", refuse)
    assert builder.run(order(spec(build=["true"])))["buildStatus"] == "SUCCEEDED"
    privileged = Order({**order(None, privileged=True).build, "id": "images:2"}, REGION, began=1e9)
    assert statuses(builder.run(privileged)) == {"PROVISIONING": "FAILED", "FINALIZING": "SUCCEEDED"}
