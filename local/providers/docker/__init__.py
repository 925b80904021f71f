"""The Docker provider: images, built by the engine of this machine."""

import contextlib
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

import grpc
import pulumi_docker
from docker.errors import DockerException
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from local.providers.docker.context import build_context
from local.providers.docker.engine import DockerEngine, Report, connect
from local.providers.docker.image import CONTEXT_DIGEST, IMAGE
from local.providers.failures import Failure, ProviderError
from local.providers.provider import Provider
from local.providers.resource_types import ResourceType
from local.providers.sdk_types import check_object
from local.providers.wire import UNKNOWN, Values, holds_unknown

_MAPPED = frozenset({"host", "version", "pluginDownloadURL"})


class DockerProvider(Provider[DockerEngine]):
    """Stands where the Docker plugin would.

    `registries` maps the host of an ECR registry to the local one that takes its pushes, `127.0.0.1:PORT`; its
    repositories count as immutable. Build steps go to `report`, or to the engine's log. Paths are relative to `folder`.
    """

    package = "docker"
    sdk = version("pulumi_docker")

    def __init__(
        self,
        registries: Mapping[str, str] | None = None,
        report: Report | None = None,
        folder: Path | None = None,
    ) -> None:
        super().__init__({IMAGE.token: IMAGE}, {})
        self._registries = dict(registries or {})
        self._report = report or self._log
        self._folder = folder or Path.cwd()
        self._engine = ""
        self._connected: list[DockerEngine] = []

    def attach(self, engine: str) -> None:
        """Keep the engine's address, whose log takes the build steps."""
        self._engine = engine or self._engine

    def check_config(self, values: Values) -> Iterator[Failure]:
        """Check the keys of `docker:`."""
        yield from check_object(pulumi_docker.ProviderArgs, {key: values[key] for key in values.keys() - {"version"}})
        for name in values.keys() - _MAPPED:
            yield Failure(name, f"'docker:{name}' is not mapped by the local provider")

    def configure(self, values: Values) -> DockerEngine:
        """Reach the Docker engine; as with the real plugin, a stack with an image fails when none answers."""
        engine = connect(values.get("host"), self._registries, self._report, self._folder)
        self._connected.append(engine)
        return engine

    def close(self) -> None:
        """Close the connections to the Docker engine."""
        for engine in self._connected:
            engine.client.close()

    def check(self, kind: ResourceType[DockerEngine], values: Values) -> list[Failure]:
        """Check inputs; a missing Dockerfile or context fails the preview."""
        try:
            failures = super().check(kind, values)
        except ProviderError as error:
            return [Failure("build", str(error))]
        if values.get("buildOnPreview"):
            failures.append(
                Failure("buildOnPreview", "'buildOnPreview' is True, but the local provider never builds in a preview")
            )
        return failures

    def added(self, kind: ResourceType[DockerEngine]) -> tuple[str, ...]:
        """Name the hash of the build context."""
        return (CONTEXT_DIGEST,)

    def complete(self, kind: ResourceType[DockerEngine], inputs: Values) -> Values:
        """Add the hash of the build context, so that a changed file is a change of the image."""
        build = inputs.get("build", {})
        if holds_unknown(build):
            return {**inputs, CONTEXT_DIGEST: UNKNOWN}
        return {**inputs, CONTEXT_DIGEST: build_context(build, self._folder).digest()}

    def explain(self, error: Exception) -> str | None:
        """Give the Docker engine's words."""
        return str(error) if isinstance(error, DockerException) else None

    def _log(self, line: str) -> None:
        # A log that cannot be written must not fail a build.
        with contextlib.suppress(grpc.RpcError), grpc.insecure_channel(self._engine) as channel:
            request = engine_pb2.LogRequest(severity=engine_pb2.INFO, message=line)
            engine_pb2_grpc.EngineStub(channel).Log(request)
