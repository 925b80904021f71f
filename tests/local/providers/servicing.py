"""Calls a servicer as the engine would, without the engine."""

import json
from collections.abc import Iterable
from typing import Any

import boto3
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import provider_pb2 as pb

from local.providers import AwsProvider
from local.providers.provider import Provider
from local.providers.servicer import Servicer
from local.providers.wire import Values, decode, encode

REGION = "eu-central-1"
HOSTS = {
    **{name: name for name in ("s3", "ec2", "ssm", "sts", "secretsmanager", "logs", "codebuild", "dynamodb")},
    "ecr": "api.ecr",
}


class Aborted(Exception):
    """What a servicer refuses with."""


class Context:
    """Stands for a call's context; only its refusals matter here."""

    def abort(self, _: Any, message: str) -> None:
        raise Aborted(message)


class Engine:
    """One resource type's life, step by step."""

    def __init__(self, provider: Provider[Any], configuration: Values) -> None:
        self._servicer: Any = Servicer(provider)
        context: Any = Context()
        checked = self._servicer.CheckConfig(pb.CheckRequest(news=encode(configuration)), context)
        assert not checked.failures
        self._servicer.Configure(pb.ConfigureRequest(args=checked.inputs), context)

    def check(
        self, token: str, news: Values, olds: Values | None = None, secrets: Iterable[str] = ()
    ) -> pb.CheckResponse:
        request = pb.CheckRequest(
            urn=urn(token), news=encode(news, secrets), olds=encode(olds or {}), randomSeed=b"seed"
        )
        answer: pb.CheckResponse = self._servicer.Check(request, Context())
        return answer

    def inputs(self, token: str, news: Values, secrets: Iterable[str] = ()) -> Struct:
        checked = self.check(token, news, secrets=secrets)
        assert not checked.failures, checked.failures
        return checked.inputs

    def create(
        self, token: str, news: Values, *, preview: bool = False, secrets: Iterable[str] = ()
    ) -> pb.CreateResponse:
        inputs = self.inputs(token, news, secrets)
        request = pb.CreateRequest(urn=urn(token), properties=inputs, preview=preview)
        answer: pb.CreateResponse = self._servicer.Create(request, Context())
        return answer

    def made(self, token: str, news: Values) -> "Made":
        created = self.create(token, news)
        return Made(self, token, created.id, decode(created.properties), self.inputs(token, news))

    def call(self, method: str, request: Any) -> Any:
        return getattr(self._servicer, method)(request, Context())

    def invoke(self, token: str, arguments: Values) -> pb.InvokeResponse:
        answer: pb.InvokeResponse = self._servicer.Invoke(
            pb.InvokeRequest(tok=token, args=encode(arguments)), Context()
        )
        return answer


class Made:
    """A resource that exists, with what the engine remembers of it."""

    def __init__(self, engine: Engine, token: str, identity: str, state: Values, inputs: Struct) -> None:
        self.id = identity
        self.state = state
        self._engine = engine
        self._token = token
        self._inputs = inputs

    def diff(self, news: Values) -> pb.DiffResponse:
        answer: pb.DiffResponse = self._engine.call("Diff", pb.DiffRequest(**self._request(news)))
        return answer

    def update(self, news: Values, *, preview: bool = False) -> Values:
        request = pb.UpdateRequest(**self._request(news), preview=preview)
        state = decode(self._engine.call("Update", request).properties)
        if not preview:
            self.state, self._inputs = state, request.news
        return state

    def read(self) -> pb.ReadResponse:
        request = pb.ReadRequest(id=self.id, urn=urn(self._token), properties=encode(self.state), inputs=self._inputs)
        answer: pb.ReadResponse = self._engine.call("Read", request)
        return answer

    def delete(self) -> None:
        self._engine.call("Delete", pb.DeleteRequest(id=self.id, urn=urn(self._token), properties=encode(self.state)))

    def _request(self, news: Values) -> dict[str, Any]:
        olds = decode(self._inputs)
        checked = self._engine.check(self._token, news, olds)
        assert not checked.failures, checked.failures
        shared = {"id": self.id, "urn": urn(self._token), "olds": encode(self.state)}
        return {**shared, "old_inputs": self._inputs, "news": checked.inputs}


def urn(token: str) -> str:
    return f"urn:pulumi:test::providers::tfserving:aws:Component${token}::thing"


def make_engine(**configuration: Any) -> Engine:
    endpoints = {name: f"https://{host}.{REGION}.amazonaws.com" for name, host in HOSTS.items()}
    endpoints["iam"] = "https://iam.amazonaws.com"
    shared = {"region": REGION, "endpoints": json.dumps([endpoints]), "accessKey": "test", "secretKey": "test"}
    return Engine(AwsProvider(), {**shared, **configuration})


def client(service: str) -> Any:
    make: Any = boto3.client
    return make(service, region_name=REGION)
