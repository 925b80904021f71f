"""The update's gate without an engine: AWS's answers are given, time is not waited for."""

import asyncio
import contextlib
import datetime
import email.utils
import json
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components import gate
from components.fleet_reader import FleetReader
from components.gate import GateArgs, NotServingError
from tests.components.conftest import Deploy
from tests.components.test_program import READY
from tests.tfserving.fleet.machines import served, status

MODEL = 'name: "digits" base_path: "s3://models/models/digits" model_platform: "tensorflow"'
CONFIG = f"model_config_list {{ config {{ {MODEL} }} }}"


class Aws:
    """What S3 has, as the provider's functions tell it; `looks` counts how often models.config was read."""

    def __init__(self) -> None:
        self.config = CONFIG
        self.keys = {"models/digits/": ["models/digits/1/saved_model.pb"]}
        self.machine: Callable[[int], dict[str, Any] | None] = lambda _: served("i-1")
        self.age = 5.0
        self.looks = 0
        self.refuse: Callable[[int], bool] = lambda _: False

    async def invoke(self, function: str, arguments: dict[str, Any], options: pulumi.InvokeOptions) -> dict[str, Any]:
        """Answer as the provider does."""
        assert options.version
        if function == "aws:s3/getObjects:getObjects":
            return {"keys": self.keys.get(arguments["prefix"], ["status/", "status/i-1.json"])}
        if arguments["key"] == "configs/models.config":
            self.looks += 1
            if self.refuse(self.looks):
                raise Exception("GetObject: SlowDown")
            return {"body": self.config, "versionId": "v2", "etag": "e2"}
        written = datetime.datetime.now(tz=datetime.UTC) - datetime.timedelta(seconds=self.age)
        return {"body": json.dumps(self.machine(self.looks)), "lastModified": email.utils.format_datetime(written)}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    aws = Aws()
    monkeypatch.setattr(pulumi.runtime, "invoke_async", aws.invoke)
    monkeypatch.setattr(gate, "LOOK_AGAIN_SECONDS", 0.001)
    return aws


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect what the update's output shows."""
    lines: list[str] = []
    for severity in ("info", "warn"):
        monkeypatch.setattr(pulumi.log, severity, lambda line, resource: lines.append(line))
    return lines


def wait(seconds: int = 60) -> None:
    """Run the gate for one machine."""
    server: Any = None
    # asyncio.run would leave the tests after it without the loop that Pulumi's mocks run in.
    with contextlib.closing(asyncio.new_event_loop()) as loop:
        loop.run_until_complete(gate._Wait(FleetReader("configs", ["i-1"], server), server, seconds).until_ready())


def test_a_machine_that_serves_is_asked_once(aws: Aws, said: list[str]) -> None:
    wait()
    assert aws.looks == 1
    assert said == ["Every machine serves what models.config wants (0 s)."]


def test_progress_is_told_when_it_changes(aws: Aws, said: list[str]) -> None:
    aws.machine = lambda look: status("i-1") if look < 9 else served("i-1")
    wait()
    assert [line for line in said if "downloading" in line] == [
        "0 s: i-1: digits/3 downloading, waits for its download"
    ]


def test_what_does_not_change_is_said_again_after_a_while(
    aws: Aws, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "SAY_AGAIN_SECONDS", 0)
    aws.machine = lambda look: status("i-1") if look < 5 else served("i-1")
    wait()
    assert len([line for line in said if "downloading" in line]) >= 3


def test_time_over_ends_in_the_machines_words(aws: Aws, said: list[str]) -> None:
    aws.machine = lambda _: status("i-1", problems=["digits/3: no graph"])
    with pytest.raises(NotServingError, match="i-1: digits/3: no graph") as refused:
        wait(seconds=0)
    assert isinstance(refused.value, pulumi.RunError)
    assert "tfserving:readySeconds" in str(refused.value)


def test_a_look_that_fails_is_tried_again_and_a_refusal_is_told(aws: Aws, said: list[str]) -> None:
    aws.refuse = lambda look: look in (1, 2, 4, 5)
    aws.machine = lambda look: status("i-1") if look < 6 else served("i-1")
    wait()
    aws.refuse = lambda _: True
    with pytest.raises(NotServingError, match="SlowDown"):
        wait()


def test_a_machine_that_died_does_not_serve_whatever_it_said_last(aws: Aws, said: list[str]) -> None:
    aws.age = 600
    with pytest.raises(NotServingError, match=r"has not reported for 60\d s"):
        wait(seconds=0)


def test_a_machine_that_reports_is_there_however_far_the_clocks_are_apart(aws: Aws, said: list[str]) -> None:
    aws.age = 600
    aws.machine = lambda look: served("i-1", updated_at=f"heartbeat {look // 3}")
    wait()
    assert said[-1].startswith("Every machine serves")


def test_an_empty_store_ends_in_what_to_publish(aws: Aws, said: list[str]) -> None:
    aws.machine = lambda _: status("i-1")
    aws.keys["models/digits/"] = []
    wait()
    (warning,) = said
    assert "tfs publish DIRECTORY --model digits --bucket models" in warning


def test_a_config_that_others_broke_is_no_empty_store(aws: Aws, said: list[str]) -> None:
    aws.config = "model_config_list {"
    aws.machine = lambda _: status("i-1", problems=["It does not parse."])
    with pytest.raises(NotServingError, match="It does not parse"):
        wait(seconds=0)


def test_an_object_that_is_no_report_is_none(aws: Aws, said: list[str]) -> None:
    aws.machine = lambda _: None
    with pytest.raises(NotServingError, match="has not reported yet"):
        wait(seconds=0)


@pytest.mark.parametrize(("model_source", "seconds"), [("agent", 0), ("native", 3600)])
def test_a_server_that_reads_s3_itself_gets_the_time_to_look(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch, model_source: str, seconds: int
) -> None:
    waits: list[GateArgs] = []
    monkeypatch.setattr(gate, "wait_until_serving", lambda args, _: waits.append(args))
    deploy(**READY, modelSource=model_source, serverVersion="2.6.5")
    assert waits[0].longest_seconds == 900 + seconds


def test_a_machine_is_tagged_with_the_image_of_its_server(deploy: Deploy) -> None:
    tags = deploy(**READY).only("ec2/instance:Instance").inputs["tags"]
    assert tags["ServerImage"] == READY["serverImageDigest"]


def test_an_update_asks_s3_unless_it_is_told_not_to(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def invoke(function: str, *_: Any) -> dict[str, Any]:
        asked.append(function)
        raise Exception("no S3 here")

    monkeypatch.setattr(pulumi.runtime, "invoke_async", invoke)
    monkeypatch.setattr(gate, "LOOK_AGAIN_SECONDS", 0)
    deploy(**READY)
    assert asked == []
    with pytest.raises(NotServingError, match="no S3 here"):
        deploy(**READY, waitUntilReady=True)
    assert len(asked) == 3
