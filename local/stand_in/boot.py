"""From a parsed command line to a listening server, in the real server's order."""

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import grpc

from .config import DEFAULT_METRICS_PATH, ServerConfig, read_models, read_text, single_model
from .core import ServerCore
from .crash import CrashError, deadly
from .flags import Arguments
from .grpc_api import GrpcOptions, start_grpc
from .loading import loader_of
from .manager import TICK_SECONDS, UNLOAD_SECONDS, Manager, Retries
from .metrics import Metrics
from .predict import Model
from .rest_api import RestOptions, RestServer, start_rest
from .service import Service
from .small_messages import MonitoringConfig, SSLConfig
from .source import DirectorySource
from .states import Events
from .status import StatusError, invalid
from .workers import Workers

log = logging.getLogger("stand_in.boot")


def cpus() -> int:
    """CPUs this process may use: a cpuset counts, a CFS quota does not (as in the real server)."""
    return len(os.sched_getaffinity(0))


def every(seconds: float, work: Callable[[], object], name: str) -> None:
    """Do something again and again in a thread of its own, for the life of the process."""

    def loop() -> None:
        while True:
            work()
            time.sleep(seconds)

    threading.Thread(target=loop, name=name, daemon=True).start()


def check_flags(arguments: Arguments) -> None:
    """Refuse combinations that the real server refuses to boot with."""
    if not arguments.integer("port") and not arguments.text("grpc_socket_path"):
        raise invalid("At least one of server_options.grpc_port or server_options.grpc_socket_path must be set.")
    if not arguments.text("model_base_path") and not arguments.text("model_config_file"):
        raise invalid("Both server_options.model_base_path and server_options.model_config_file are empty!")
    if arguments.text("batching_parameters_file") and not arguments.switch("enable_batching"):
        raise invalid(
            "server_options.batching_parameters_file is set without setting server_options.enable_batching to true."
        )
    if all(arguments.integer(f"tensorflow_{kind}_parallelism") for kind in ("session", "intra_op", "inter_op")):
        raise invalid("Either configure tensorflow_session_parallelism or intra and inter parallelism, not all three.")


def read_config(arguments: Arguments) -> ServerConfig:
    """The config to boot with, from its file or from the flags of the single model."""
    path = arguments.text("model_config_file")
    if path:
        return read_models(path)
    return single_model(arguments.text("model_name"), arguments.text("model_base_path"))


@dataclass(frozen=True)
class Server:
    """The parts that go on running."""

    arguments: Arguments
    service: Service
    core: ServerCore[Model]

    def poll_config(self) -> None:
        """Read the config file again and apply it whole, changed or not; errors leave the old state."""
        try:
            config = read_models(self.arguments.text("model_config_file"))
        except StatusError as error:
            log.error("Failed to read ModelServerConfig file: %s", error.message)
            return
        try:
            deadly(self.core.reload)(config)
        except StatusError as error:
            log.error("PollFilesystemAndReloadConfig failed to ReloadConfig: %s", error.message)


@dataclass(frozen=True)
class Listeners:
    """The open ports; gRPC closes its own once nobody refers to them any more."""

    grpc: grpc.Server
    rest: RestServer | None

    def wait(self) -> None:
        """Serve until the process is killed."""
        self.grpc.wait_for_termination()


def start(arguments: Arguments) -> Listeners:
    """Load every model, and only then open ports; raises StatusError if the real server would exit.

    Waits for ever for a model without base path or versions (tensorflow/serving#979).
    """
    check_flags(arguments)
    config = read_config(arguments)
    metrics = Metrics()
    loads = Workers(4 * cpus())
    unloads = Workers(arguments.integer("num_unload_threads"))
    retries = Retries(
        count=arguments.integer("max_num_load_retries"),
        interval_micros=arguments.integer("load_retry_interval_micros"),
        sleep=time.sleep,
    )
    load = deadly(loader_of(arguments, metrics))
    manager: Manager[Model] = Manager(load, Events(), retries, loads, unloads, run_unloaded=_after_unload)
    source = DirectorySource(manager.aspire)
    core = ServerCore(
        manager,
        source,
        connect=lambda: _poll_directories(arguments, source),
        allow_labels_for_unavailable=arguments.switch("allow_version_labels_for_unavailable_models"),
    )
    every(TICK_SECONDS, manager.tick, "manager")
    core.reload(config)
    loads.resize(arguments.integer("num_load_threads"))
    return listen(Server(arguments, Service(core, metrics), core))


def _after_unload(finish: Callable[[], None]) -> None:
    timer = threading.Timer(UNLOAD_SECONDS, finish)
    timer.daemon = True
    timer.start()


def _poll_directories(arguments: Arguments, source: DirectorySource) -> None:
    seconds = arguments.integer("file_system_poll_wait_seconds")
    if seconds > 0:
        every(seconds, source.poll, "directories")
    elif seconds == 0:
        source.poll()


def listen(server: Server) -> Listeners:
    """Open the ports, gRPC first, and start re-reading the config file.

    The monitoring file is read in between. If that cannot be done, gRPC goes on answering, REST never opens and nothing
    is logged (seen on 2.20.0); nor is the config file read any more: the server waits for ever in its own destruction.
    """
    arguments = server.arguments
    grpc_server = start_grpc(server.service, _grpc_options(arguments))
    try:
        rest_server = _listen_rest(server) if arguments.integer("rest_api_port") else None
    except StatusError:
        return Listeners(grpc_server, rest=None)
    seconds = arguments.integer("model_config_file_poll_wait_seconds")
    if seconds > 0 and arguments.text("model_config_file"):
        every(seconds, server.poll_config, "config")
    return Listeners(grpc_server, rest_server)


def _grpc_options(arguments: Arguments) -> GrpcOptions:
    return GrpcOptions(
        port=arguments.integer("port"),
        socket_path=arguments.text("grpc_socket_path"),
        max_threads=max(1, arguments.integer("grpc_max_threads")),
        channel_arguments=arguments.text("grpc_channel_arguments"),
        tls=_read_tls(arguments.text("ssl_config_file")),
        health=arguments.switch("enable_grpc_healthcheck_service"),
        as_content=arguments.switch("enable_serialization_as_tensor_content"),
    )


def _read_tls(path: str) -> Any | None:
    try:
        return _read_if_named(path, SSLConfig)
    except StatusError as error:
        log.critical("%s", error.message)
        os.abort()


def _listen_rest(server: Server) -> RestServer | None:
    arguments = server.arguments
    if arguments.integer("rest_api_port") == arguments.integer("port"):
        log.error("server_options.http_port cannot be same as grpc_port. Skipped exporting HTTP/REST API.")
        return None
    monitoring = _read_if_named(arguments.text("monitoring_config_file"), MonitoringConfig)
    if arguments.integer("rest_api_num_threads") < 1:
        raise CrashError("Check failed: num_threads >= 1")
    options = RestOptions(
        port=arguments.integer("rest_api_port"),
        num_threads=arguments.integer("rest_api_num_threads"),
        timeout_ms=arguments.integer("rest_api_timeout_in_ms"),
        cors=arguments.switch("rest_api_enable_cors_support"),
        metrics_path=metrics_path(monitoring),
        as_content=arguments.switch("enable_serialization_as_tensor_content"),
    )
    return start_rest(server.service, options)


def metrics_path(monitoring: Any | None) -> str:
    """Where the page for Prometheus is, empty if it is not switched on."""
    if monitoring is None or not monitoring.prometheus_config.enable:
        return ""
    return monitoring.prometheus_config.path or DEFAULT_METRICS_PATH


def _read_if_named(path: str, message_class: Any) -> Any | None:
    if not path:
        return None
    message = message_class()
    read_text(path, message)
    return message
