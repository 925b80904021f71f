"""The counters and histograms the stand-in keeps of those the real server exports, in Prometheus' text form."""

import threading
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

Labels = tuple[tuple[str, str], ...]


def exponential(scale: float, growth: float, count: int) -> tuple[float, ...]:
    """The upper bounds of a histogram's buckets, without the one that has none."""
    return tuple(scale * growth**exponent for exponent in range(count))


BUCKETS: Final = exponential(10, 1.8, 33)
"""Those of every latency, in microseconds."""


@dataclass(frozen=True)
class Metric:
    """A metric's name, with the colons that the real exporter puts for slashes, and its bounds if it is a histogram."""

    name: str
    kind: str
    buckets: tuple[float, ...] = BUCKETS


REQUESTS: Final = Metric(":tensorflow:serving:request_count", "counter")
REQUEST_LATENCY: Final = Metric(":tensorflow:serving:request_latency", "histogram")
RUNTIME_LATENCY: Final = Metric(":tensorflow:serving:runtime_latency", "histogram")
EXAMPLE_COUNTS: Final = Metric(":tensorflow:serving:request_example_counts", "histogram", exponential(1, 2, 15))
EXAMPLES: Final = Metric(":tensorflow:serving:request_example_count_total", "counter")
QUEUING_LATENCY: Final = Metric(
    ":tensorflow:serving:batching_session:queuing_latency", "histogram", exponential(100, 1.2, 52)
)
WRAPPED_RUNS: Final = Metric(":tensorflow:serving:batching_session:wrapped_run_count", "counter")
WARMUP_LATENCY: Final = Metric(":tensorflow:serving:model_warmup_latency", "histogram")
WARMUP_RECORDS: Final = Metric(":tensorflow:serving:model_warmup_records_read", "counter")
LOAD_ATTEMPTS: Final = Metric(":tensorflow:cc:saved_model:load_attempt_count", "counter")
LOAD_LATENCY: Final = Metric(":tensorflow:cc:saved_model:load_latency", "counter")
GRAPH_RUNS: Final = Metric(":tensorflow:core:graph_runs", "counter")
GRAPH_RUN_TIME: Final = Metric(":tensorflow:core:graph_run_time_usecs", "counter")

REGISTERED: Final = (
    *(REQUESTS, REQUEST_LATENCY, RUNTIME_LATENCY, EXAMPLE_COUNTS, EXAMPLES, QUEUING_LATENCY, WRAPPED_RUNS),
    *(WARMUP_LATENCY, WARMUP_RECORDS, LOAD_ATTEMPTS, LOAD_LATENCY, GRAPH_RUNS, GRAPH_RUN_TIME),
    # The stand-in has no values for these.
    Metric(":tensorflow:serving:batching:mixed_priority_batching_policy", "gauge"),
    Metric(":tensorflow:serving:batching:padding_size_v2", "histogram"),
    Metric(":tensorflow:serving:batching:processed_batch_size_v2", "counter"),
    Metric(":tensorflow:serving:mlmd_map", "gauge"),
    Metric(":tensorflow:serving:request_log_count", "counter"),
)
"""The metrics of 2.20.0, as it was seen to name them, that do not depend on the machine or the model."""


@dataclass
class Histogram:
    """Counts per bucket, the last one being above all bounds."""

    bounds: tuple[float, ...] = BUCKETS
    counts: list[int] = field(init=False)
    total: float = 0.0

    def __post_init__(self) -> None:
        self.counts = [0] * (len(self.bounds) + 1)

    def observe(self, value: float) -> None:
        """Count one value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


class Metrics:
    """All cells, thread-safe; every metric is named with its type, and a cell appears with its first value."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sums: dict[Metric, dict[Labels, float]] = {}
        self._histograms: dict[Metric, dict[Labels, Histogram]] = {}

    def count(self, metric: Metric, **labels: str) -> None:
        """Add one."""
        self.add(metric, 1, **labels)

    def add(self, metric: Metric, amount: float, **labels: str) -> None:
        """Add an amount to a counter."""
        with self._lock:
            cells = self._sums.setdefault(metric, {})
            key = tuple(labels.items())
            cells[key] = cells.get(key, 0) + amount

    def observe(self, metric: Metric, value: float, **labels: str) -> None:
        """Put a value into a histogram."""
        with self._lock:
            cells = self._histograms.setdefault(metric, {})
            cells.setdefault(tuple(labels.items()), Histogram(metric.buckets)).observe(value)

    def render(self) -> str:
        """The page Prometheus scrapes, sorted by name and without explanations, as the real exporter writes it."""
        with self._lock:
            lines = [line for metric in self._named() for line in self._lines(metric)]
        return "".join(f"{line}\n" for line in lines)

    def _named(self) -> list[Metric]:
        return sorted({*REGISTERED, *self._sums, *self._histograms}, key=lambda metric: metric.name)

    def _lines(self, metric: Metric) -> Iterator[str]:
        yield f"# TYPE {metric.name} {metric.kind}"
        for labels, value in self._sums.get(metric, {}).items():
            yield f"{metric.name}{_braced(labels)} {value:.0f}"
        for labels, histogram in self._histograms.get(metric, {}).items():
            yield from _histogram_lines(metric.name, labels, histogram)


def _histogram_lines(name: str, labels: Labels, histogram: Histogram) -> Iterator[str]:
    so_far = 0
    for bound, count in zip((*map(_number, histogram.bounds), "+Inf"), histogram.counts, strict=True):
        so_far += count
        yield f"{name}_bucket{_braced((*labels, ('le', bound)))} {so_far}"
    yield f"{name}_sum{_braced(labels)} {_number(histogram.total)}"
    yield f"{name}_count{_braced(labels)} {so_far}"


def _number(value: float) -> str:
    return f"{value:.6g}"


def _braced(labels: Labels) -> str:
    shown = (f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{','.join(shown)}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
