"""`tfs status` between S3, EC2 and the stack."""

import datetime
import json
from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.tfserving.cli.test_commands import machine, report, tfs
from tests.tfserving.stores import CONFIGS
from tfserving.cli import status
from tfserving.cli.durations import seconds_of
from tfserving.cli.stack import Stack
from tfserving.fleet import lookup

__all__ = ["tfs"]

TAGS = [{"Key": "Project", "Value": "tfserving"}, {"Key": "Stack", "Value": "dev"}]
IMAGE = f"123456789012.dkr.ecr.eu-central-1.amazonaws.com/server@sha256:{'1a' * 32}"


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def tagged(s3: Any) -> Any:
    """Give the config bucket its stack's tags, as the project does."""
    s3.put_bucket_tagging(Bucket=CONFIGS, Tagging={"TagSet": TAGS})
    return s3


def instance(tags: list[dict[str, str]] = TAGS) -> str:
    """Run an instance of the stack."""
    ec2: Any = boto3.client("ec2")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    specification = {"ResourceType": "instance", "Tags": [*tags, {"Key": "ServerImage", "Value": IMAGE}]}
    (made,) = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, TagSpecifications=[specification])["Instances"]
    return str(made["InstanceId"])


@pytest.fixture
def minutes_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have three minutes pass after whatever is reported in the test."""
    listed = lookup._listed

    def later(s3: Any, bucket: str) -> Any:
        entries, now = listed(s3, bucket)
        return entries, now + datetime.timedelta(minutes=3)

    monkeypatch.setattr(lookup, "_listed", later)


def outputs(monkeypatch: pytest.MonkeyPatch, found: Mapping[str, Any]) -> None:
    monkeypatch.setattr(Stack, "outputs", lambda self: found if self.name == "dev" else {})


def test_ready_is_what_was_reported_of_the_config_in_s3_now(s3: Any, tfs: Any) -> None:
    report(s3, machine())
    assert tfs("status", "--bucket", CONFIGS).code == 0
    s3.put_object(Bucket=CONFIGS, Key="configs/models.config", Body=b"model_config_list { config {} }")
    ran = tfs("status", "--bucket", CONFIGS)
    assert ran.code == status.NOT_READY
    assert "behind" in ran.out
    assert "i-1: It has not taken up the config that lies in S3 now." in ran.out


def test_without_a_config_nothing_is_ready(s3: Any, tfs: Any) -> None:
    report(s3, machine())
    s3.delete_object(Bucket=CONFIGS, Key="configs/models.config")
    ran = tfs("status", "--bucket", CONFIGS)
    assert ran.code == status.NOT_READY
    assert "configs/models.config is missing" in ran.out


def test_every_machine_of_the_stack_has_to_report(tagged: Any, tfs: Any) -> None:
    first, second = instance(), instance()
    instance([{"Key": "Stack", "Value": "other"}])
    report(tagged, machine(instance_id=first))
    ran = tfs("status", "--bucket", CONFIGS, "--json")
    assert ran.code == status.NOT_READY
    standing = {one["machine"]: one["standing"] for one in json.loads(ran.out)["machines"]}
    assert standing == {first: "ready", second: "has not reported"}
    report(tagged, machine(instance_id=second))
    ran = tfs("status", "--bucket", CONFIGS)
    assert ran.code == 0
    assert "1a1a1a1a1a1a" in ran.out


@pytest.mark.usefixtures("minutes_later")
def test_a_machine_that_fell_silent_is_lost_while_the_stack_has_it(tagged: Any, tfs: Any) -> None:
    lost = instance()
    report(tagged, machine(instance_id=lost))
    ran = tfs("status", "--bucket", CONFIGS)
    assert ran.code == status.LOST_MACHINE
    assert f"{lost}: It has not reported for 18" in ran.out
    boto3.client("ec2").terminate_instances(InstanceIds=[lost])
    ran = tfs("status", "--bucket", CONFIGS)
    assert (ran.code, ran.out) == (status.NOT_READY, "No machine has reported yet.\n")


@pytest.mark.usefixtures("minutes_later")
def test_a_bucket_without_tags_asks_ec2_for_those_that_fell_silent(s3: Any, tfs: Any) -> None:
    lost = instance()
    report(s3, machine(instance_id=lost))
    report(s3, machine(instance_id="i-0replaced"))
    s3.put_object(Bucket=CONFIGS, Key="status/what ever", Body=b"x")
    ran = tfs("status", "--bucket", CONFIGS, "--json")
    assert ran.code == status.LOST_MACHINE
    assert [one["machine"] for one in json.loads(ran.out)["machines"]] == [lost]


def test_who_may_not_ask_ec2_is_told_what_is_counted(tagged: Any, tfs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "UnauthorizedOperation", "Message": "no right"}}, "DescribeInstances")

    session = boto3.session.Session()
    session.events.register("before-call.ec2.DescribeInstances", refuse)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    report(tagged, machine())
    ran = tfs("status", "--bucket", CONFIGS)
    assert ran.code == 0
    assert "EC2 does not tell which machines there are" in ran.err
    assert "unless --stack names the stack" in ran.err


def test_a_stack_names_its_bucket_and_its_machines(s3: Any, tfs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFS_CONFIG_BUCKET", "of-another-stack")
    outputs(monkeypatch, {"configsBucket": CONFIGS, "instanceId": "i-1"})
    report(s3, machine())
    report(s3, machine(ready=False, instance_id="i-0"))
    assert tfs("status", "--stack", "dev").code == 0
    outputs(monkeypatch, {"configsBucket": CONFIGS, "instanceIds": ["i-1", "i-0"]})
    assert tfs("status", "--stack", "dev").code == status.NOT_READY
    ran = tfs("status", "--stack", "new")
    assert ran.code == 1
    assert "The stack 'new' has no output configsBucket yet." in ran.err


@pytest.mark.parametrize(
    "arguments", [(), ("--stack", "dev", "--bucket", CONFIGS), ("--bucket", CONFIGS, "--wait", "x")]
)
def test_wrong_usage_is_told_apart_from_not_ready(s3: Any, tfs: Any, arguments: tuple[str, ...]) -> None:
    assert tfs("status", *arguments).code == 2


def test_waiting_says_on_standard_error_what_it_waits_for(s3: Any, tfs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"model": "digits", "version": 3, "labels": [], "state": "downloading", "waits_for": "its download"}
    report(s3, machine(ready=False, problems=[], models=[row]))
    monkeypatch.setattr("time.sleep", lambda _: report(s3, machine()))
    ran = tfs("status", "--bucket", CONFIGS, "--wait", "1m", "--json")
    assert ran.code == 0
    assert "i-1: digits/3 downloading, waits for its download" in ran.err
    assert json.loads(ran.out)["outcome"] == "ready"


def test_waiting_ends_in_time(s3: Any, tfs: Any) -> None:
    report(s3, machine(ready=False))
    assert tfs("status", "--bucket", CONFIGS, "--wait", "1s").code == status.NOT_READY


@pytest.mark.parametrize(
    ("text", "seconds"), [("0", 0), ("600", 600), ("30s", 30), ("10m", 600), ("1h30m", 5400), (" 1h1m1s ", 3661)]
)
def test_durations_are_read(text: str, seconds: int) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "m", "-1", "1.5m", "10 m", "5d", "1m1h", "1e3", "9" * 9, "٣"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(Exception, match="is no duration"):
        seconds_of(text)
