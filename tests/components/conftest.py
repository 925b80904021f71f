"""Runs the program against a recording of what it registers; nothing is provisioned."""

import json
import runpy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks
from pulumi.runtime.proto import resource_pb2

from tfserving.errors import TfServingError
from tfserving.images import ImageSource
from tfserving.images.building import Target

PROJECT = Path(__file__).parents[2]
ECR = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
DIGEST = f"sha256:{'0' * 64}"
NOTHING: Mapping[str, ImageSource] = MappingProxyType({})
TOKEN = "QVdTOnRva2Vu"
_SECRET_KEY = "4dabf18193072939515e22adb298388d"

INVOKES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "aws:index/getPartition:getPartition": lambda _: {"partition": "aws"},
    "aws:index/getRegion:getRegion": lambda _: {"region": "eu-central-1"},
    "aws:s3/getBucket:getBucket": lambda inputs: {
        "bucket": inputs["bucket"],
        "arn": f"arn:aws:s3:::{inputs['bucket']}",
    },
    "aws:ec2/getVpc:getVpc": lambda _: {"id": "vpc-0default", "cidrBlock": "172.31.0.0/16"},
    "aws:ec2/getRouteTables:getRouteTables": lambda inputs: {
        "ids": ["rtb-0main"] if inputs["filters"][0]["name"] == "association.main" else []
    },
    "aws:ec2/getSubnets:getSubnets": lambda _: {"ids": ["subnet-0b", "subnet-0a"]},
    "aws:ssm/getParameter:getParameter": lambda inputs: {
        "insecureValue": "ami-0123456789abcdef0",
        "name": inputs["name"],
    },
    # Whatever version is asked for is complete in the store, and 1 and 2 are there.
    "aws:s3/getObjects:getObjects": lambda inputs: (
        {"commonPrefixes": [f"{inputs['prefix']}{version}/" for version in (1, 2)], "keys": []}
        if inputs.get("delimiter")
        else {"commonPrefixes": [], "keys": [inputs["prefix"]]}
    ),
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": lambda _: {"authorizationToken": TOKEN},
}


@dataclass(frozen=True)
class Registration:
    """One resource the program registered."""

    kind: str
    name: str
    inputs: dict[str, Any]
    options: resource_pb2.RegisterResourceRequest


@dataclass
class Recording:
    """Everything the program registered, invoked and exported."""

    resources: list[Registration] = field(default_factory=list)
    invokes: list[str] = field(default_factory=list)
    parameters: list[str] = field(default_factory=list)
    built: dict[str, ImageSource] = field(default_factory=dict)
    """What was built, by the name it was pushed under."""

    def all(self, kind: str) -> list[Registration]:
        """Give every resource whose type ends with this, such as `ec2/instance:Instance`."""
        return [resource for resource in self.resources if resource.kind.endswith(kind)]

    def only(self, kind: str) -> Registration:
        """Give the one resource of a type."""
        (resource,) = self.all(kind)
        return resource


class _Mocks(mocks.Mocks):
    """Echoes inputs, adds the outputs the program uses, refuses invokes it does not know."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        inputs = _plain(args.inputs)
        return f"{args.name}-id", {**inputs, **_outputs(args.typ, args.name, inputs)}

    def call(self, args: mocks.MockCallArgs) -> Any:
        self._recording.invokes.append(args.token)
        if args.token.startswith("aws:ssm/"):
            self._recording.parameters.append(args.args["name"])
        if args.token == "aws:ecr/getImages:getImages":
            return {"imageIds": self._pushed(args.args["repositoryName"])}
        return INVOKES[args.token](args.args)

    def _pushed(self, repository: str) -> list[dict[str, str]]:
        names = (name.rpartition(":") for name in self._recording.built)
        return [{"imageDigest": DIGEST, "imageTag": tag} for url, _, tag in names if url == f"{ECR}/{repository}"]


class _Monitor(mocks.MockMonitor):
    """Records requests with their options, which mocks alone do not show."""

    def __init__(self, recording: Recording) -> None:
        super().__init__(_Mocks(recording))
        self._recording = recording

    def RegisterResource(self, request: Any) -> Any:
        inputs = _plain(pulumi.runtime.rpc.deserialize_properties(request.object, keep_unknowns=True))
        self._recording.resources.append(Registration(request.type, request.name, inputs, request))
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return _plain(value["value"]) if _SECRET_KEY in value else {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _outputs(kind: str, name: str, inputs: dict[str, Any]) -> dict[str, Any]:
    physical = f"{name}-1a2b3c4"
    outputs = {"arn": f"arn:aws:mock:::{physical}", "name": physical, "bucket": inputs.get("bucket", physical)}
    if kind == "aws:ecr/repository:Repository":
        arn = f"arn:aws:ecr:eu-central-1:123456789012:repository/{physical}"
        return {**outputs, "arn": arn, "repositoryUrl": f"{ECR}/{physical}", "registryId": "123456789012"}
    if kind == "aws:iam/accessKey:AccessKey":
        return {"secret": f"secret-of-{name}"}
    if kind == "aws:secretsmanager/secretVersion:SecretVersion":
        return {"versionId": f"version-of-{name}"}
    if kind == "aws:s3/bucketObjectv2:BucketObjectv2":
        return {"versionId": f"version-of-{inputs['key']}"}
    return {**outputs, "privateIp": "172.31.0.10", "publicIp": "192.0.2.10"}


Deploy = Callable[..., Recording]


@pytest.fixture
def deploy(monkeypatch: pytest.MonkeyPatch) -> Deploy:
    """Run the program with configuration values; gives what it registered and built, raises what it raises.

    `pushed` is in ECR before. A build that `fails_at` "push" finds there what somebody else has just pushed.
    """

    def run(
        stack: str = "dev",
        *,
        preview: bool = False,
        pushed: Mapping[str, ImageSource] = NOTHING,
        fails_at: str = "",
        **config: Any,
    ) -> Recording:
        recording = Recording(built=dict(pushed))
        building: dict[str, ImageSource] = {}

        def build(source: ImageSource, _: Path, target: Target, __: Any) -> None:
            if fails_at == "build":
                raise TfServingError("`docker build` ended with exit code 1.")
            building[target.name] = source

        def push(token: str, target: Target, _: Any) -> None:
            assert token == TOKEN
            recording.built[target.name] = building.pop(target.name)
            if fails_at == "push":
                raise TfServingError("`docker push` ended with exit code 1.")

        monkeypatch.setattr("tfserving.images.building.build", build)
        monkeypatch.setattr("tfserving.images.building.push_with", push)
        mocks.set_mocks(
            _Mocks(recording), project="tfserving", stack=stack, preview=preview, monitor=_Monitor(recording)
        )
        # Nothing boots here that could report.
        values = {"waitUntilReady": False, **config}
        texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}
        pulumi.runtime.set_all_config({key if ":" in key else f"tfserving:{key}": text for key, text in texts.items()})
        pulumi.runtime.test(_program)()  # type: ignore[no-untyped-call]
        return recording

    return run


def _program() -> None:
    runpy.run_path(str(PROJECT / "__main__.py"), run_name="__main__")
