"""A native server's access key, on its way from Secrets Manager to .env."""

import json
import sys
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.tfserving.stores import MODELS
from tfserving.agent import access_key
from tfserving.agent.access_key import read_key, wait_until_honoured
from tfserving.errors import TfServingError

KEY = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "very/secret"}


@pytest.fixture
def secret(s3: Any) -> str:
    """Put the key where the stack puts it."""
    client: Any = boto3.client("secretsmanager")
    return str(client.create_secret(Name="key", SecretString=json.dumps(KEY))["ARN"])


class Refusing:
    """Stands for an S3 that has not heard of the key yet; every question takes a second."""

    def __init__(self, times: int) -> None:
        self.left = times
        self.seconds = 0.0

    def list_objects_v2(self, **_: Any) -> None:
        self.seconds += 1
        self.left -= 1
        if self.left >= 0:
            answer: Any = {"Error": {"Code": "InvalidAccessKeyId", "Message": "AKIAEXAMPLE does not exist"}}
            raise ClientError(answer, "ListObjectsV2")


def wait(s3: Any) -> None:
    """Wait without sleeping."""
    wait_until_honoured(s3, MODELS, clock=lambda: s3.seconds, sleep=lambda _: None)


def test_the_key_is_printed_as_lines_of_an_env_file(
    secret: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["access_key", secret])
    monkeypatch.setenv("TFSERVING_MODELS_BUCKET", MODELS)
    access_key.main()
    assert capsys.readouterr().out == "AWS_ACCESS_KEY_ID=AKIAEXAMPLE\nAWS_SECRET_ACCESS_KEY=very/secret\n"


def test_a_secret_that_is_not_there_ends_with_its_name_and_no_traceback(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["access_key", "nowhere"])
    with pytest.raises(SystemExit) as ended:
        access_key.main()
    assert ended.value.code == "error: nowhere: reading the key was refused: ResourceNotFoundException."


def test_a_new_key_is_waited_for() -> None:
    s3 = Refusing(times=5)
    wait(s3)
    assert s3.left == -1


def test_a_key_that_is_refused_for_a_minute_is_given_up_without_telling_it() -> None:
    with pytest.raises(TfServingError) as refused:
        wait(Refusing(times=1000))
    assert str(refused.value) == f"s3://{MODELS} refuses the access key: InvalidAccessKeyId."


def test_the_key_that_is_read_is_the_secrets_value(secret: str) -> None:
    assert read_key(boto3.client("secretsmanager"), secret) == KEY
