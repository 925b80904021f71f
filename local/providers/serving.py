"""Providers as servers the engine attaches to."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import grpc
from pulumi.runtime.proto.provider_pb2_grpc import add_ResourceProviderServicer_to_server

from local.providers.aws import AwsProvider
from local.providers.provider import Provider
from local.providers.servicer import Servicer

VARIABLE: Final = "PULUMI_DEBUG_PROVIDERS"
# The engine works on as many resources at a time as it has cores, several times over; calls mostly wait.
_THREADS: Final = 32
_GRACE_SECONDS: Final = 5


@contextlib.contextmanager
def serve_providers(*, aws: AwsProvider | None = None) -> Iterator[dict[str, str]]:
    """Serve a provider on 127.0.0.1 while the context lasts; yields what makes the engine attach to it, if any."""
    with contextlib.ExitStack() as stack:
        yield {} if aws is None else {VARIABLE: f"{aws.package}:{stack.enter_context(_serve(aws))}"}


@contextlib.contextmanager
def _serve(provider: Provider[Any]) -> Iterator[int]:
    with ThreadPoolExecutor(_THREADS, thread_name_prefix=f"{provider.package}-provider") as threads:
        server = grpc.server(threads, options=[("grpc.max_receive_message_length", -1), ("grpc.so_reuseport", 0)])
        add_ResourceProviderServicer_to_server(Servicer(provider), server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield port
        finally:
            server.stop(_GRACE_SECONDS).wait()
