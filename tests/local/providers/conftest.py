"""The real engine, the local providers, and moto's server in this process."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
import yaml
from moto import mock_aws
from moto.iam.access_control import IAMPolicyStatement
from moto.server import ThreadedMotoServer
from pulumi import automation as auto

from bootstrap import pulumi_cli
from local.aws import conditions
from local.providers import AwsProvider, serve_providers
from tests.local.providers.servicing import Engine, make_engine

REGION = "eu-central-1"
SERVICES = ("s3", "s3control", "ec2", "iam", "sts", "ecr", "ssm")
Program = Callable[[], None]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield


@pytest.fixture
def engine(aws: None) -> Engine:
    return make_engine()


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    evaluate = IAMPolicyStatement.is_action_permitted
    conditions.install()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()
    IAMPolicyStatement.is_action_permitted = evaluate


@pytest.fixture
def cloud(moto_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """Give clients of an empty AWS."""
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", REGION)
    make: Any = boto3.client

    def client(service: str) -> Any:
        return make(service, endpoint_url=moto_url, region_name=REGION)

    requests.post(f"{moto_url}/moto-api/reset", timeout=10)
    return client


@dataclass
class Deployment:
    """A stack of the engine whose program can be exchanged."""

    stack: auto.Stack
    program: Program = field(default=lambda: None)

    def up(self, program: Program) -> Mapping[str, int]:
        """Bring the stack to the program and count the operations."""
        self.stack.workspace.program = program
        return _counts(self.stack.up().summary.resource_changes)

    def preview(self, program: Program) -> Mapping[str, int]:
        """Count what `up` would do."""
        self.stack.workspace.program = program
        return _counts(self.stack.preview().change_summary)

    def output(self, name: str) -> Any:
        """Give an output's value."""
        return self.stack.outputs()[name].value


@pytest.fixture
def deployment(
    pulumi_on_path: None, cloud: Callable[[str], Any], moto_url: str, tmp_path: Path
) -> Iterator[Deployment]:
    with serve_providers(aws=AwsProvider()) as attached:
        yield make_deployment(tmp_path, moto_url, attached)


@pytest.fixture
def pulumi_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{pulumi_cli.binary().parent}{os.pathsep}{os.environ['PATH']}")


def make_deployment(folder: Path, moto_url: str, attached: Mapping[str, str]) -> Deployment:
    environment = {
        **attached,
        "PULUMI_BACKEND_URL": f"file://{folder}",
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
    }
    configuration = {
        "aws:region": REGION,
        "aws:s3UsePathStyle": True,
        "aws:skipCredentialsValidation": True,
        "aws:endpoints": [dict.fromkeys(SERVICES, moto_url)],
    }
    # Every `config set` is a run of the command; a file is one write.
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump({"name": "providers", "runtime": "python"}))
    (folder / "Pulumi.test.yaml").write_text(yaml.safe_dump({"config": configuration}))
    stack = auto.create_or_select_stack(
        stack_name="test",
        project_name="providers",
        program=lambda: None,
        opts=auto.LocalWorkspaceOptions(work_dir=str(folder), env_vars=environment, pulumi_home=str(folder / "home")),
    )
    return Deployment(stack)


def _counts(changes: Any) -> dict[str, int]:
    named = {str(getattr(name, "value", name)): count for name, count in (changes or {}).items()}
    return {name: count for name, count in named.items() if name != "same"}
