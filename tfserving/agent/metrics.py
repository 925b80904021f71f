"""The agent's metrics, among them the model states the server does not export itself."""

import datetime
from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from tfserving.agent.status import Status

# A label that moves takes a second or two, a large model some minutes.
SECONDS: Final = (0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300, 600, 1800)


class Metrics:
    """Counts what happens; states are read from the status when somebody asks."""

    def __init__(self, status: Callable[[], Status]) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_States(status))
        ProcessCollector(registry=self._registry)
        self.downloaded_bytes = Counter(
            "tfserving_agent_downloaded_bytes",
            "Bytes of models downloaded.",
            registry=self._registry,
        )
        self.download_seconds = Counter(
            "tfserving_agent_download_seconds",
            "Seconds spent on downloading models.",
            registry=self._registry,
        )
        self.failures = Counter(
            "tfserving_agent_failures",
            "Steps that failed, by step.",
            ["step"],
            registry=self._registry,
        )
        self.last_look = Gauge(
            "tfserving_agent_last_look_timestamp_seconds",
            "When models.config was last read, in seconds since 1970.",
            registry=self._registry,
        )

        self.load_seconds = Histogram(
            "tfserving_agent_load_seconds",
            "Seconds from offering a version to the server until it was AVAILABLE.",
            buckets=SECONDS,
            registry=self._registry,
        )
        self.rollout_seconds = Histogram(
            "tfserving_agent_rollout_seconds",
            "Seconds from the first look at a models.config until the machine was ready with it.",
            buckets=SECONDS,
            registry=self._registry,
        )

    def watch_certificate(self, expires: Callable[[], datetime.datetime | None]) -> None:
        """Tell when the server's certificate expires, as long as that is known."""
        self._registry.register(_Certificate(expires))

    def render(self) -> bytes:
        """Give all metrics in Prometheus's text format."""
        return generate_latest(self._registry)


class _Certificate(Collector):
    """The one thing of TLS that has to be seen coming."""

    def __init__(self, expires: Callable[[], datetime.datetime | None]) -> None:
        self._expires = expires

    def collect(self) -> Iterator[GaugeMetricFamily]:
        if expires := self._expires():
            gauge = GaugeMetricFamily(
                "tfserving_tls_expiry_timestamp_seconds",
                "When the first certificate of the server's TLS expires, in seconds since 1970.",
            )
            gauge.add_metric([], expires.timestamp())
            yield gauge


class _States(Collector):
    """The status as gauges: a series for each wanted version, none for versions no longer wanted."""

    def __init__(self, status: Callable[[], Status]) -> None:
        self._status = status

    def collect(self) -> Iterator[GaugeMetricFamily]:
        status = self._status()
        ready = GaugeMetricFamily("tfserving_agent_ready", "1 if everything wanted is served under its labels.")
        ready.add_metric([], float(status.ready))
        yield ready
        serving = GaugeMetricFamily("tfserving_agent_serving", "1 if the server answers for all it has loaded.")
        serving.add_metric([], float(status.serving))
        yield serving
        states = GaugeMetricFamily(
            "tfserving_model_version_state",
            "1 for the state each wanted version is in.",
            labels=["model", "version", "state"],
        )
        for version in status.models:
            states.add_metric([version.model, str(version.version), version.state], 1.0)
        yield states
        config = GaugeMetricFamily(
            "tfserving_agent_config_info",
            "The models.config this machine follows.",
            labels=["version_id", "sha256"],
        )
        if status.config:
            config.add_metric([status.config.version_id, status.config.sha256], 1.0)
        yield config
