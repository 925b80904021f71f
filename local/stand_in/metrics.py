"""The counters and histograms this stand-in keeps of those the real server exports, in Prometheus' text form."""

import threading
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Metric:
    """A metric's name, with the colons that the real exporter puts for slashes."""

    name: str
    kind: str
    help: str


REQUESTS: Final = Metric(
    ":tensorflow:serving:request_count", "counter", "The total number of requests per model and status."
)
REQUEST_LATENCY: Final = Metric(
    ":tensorflow:serving:request_latency", "histogram", "Distribution of wall time, in microseconds."
)
RUNTIME_LATENCY: Final = Metric(
    ":tensorflow:serving:runtime_latency", "histogram", "Distribution of time in the session, in microseconds."
)
LOAD_ATTEMPTS: Final = Metric(
    ":tensorflow:cc:saved_model:load_attempt_count", "counter", "The number of times a SavedModel was loaded."
)
LOAD_LATENCY: Final = Metric(
    ":tensorflow:cc:saved_model:load_latency", "counter", "Latency in microseconds of successful loads."
)
WARMUP_LATENCY: Final = Metric(":tensorflow:serving:model_warmup_latency", "histogram", "Latency of model warmup.")

BUCKETS: Final = tuple(10 * 1.8**exponent for exponent in range(33))


@dataclass
class Histogram:
    """Counts per bucket, the last one being above all bounds."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    total: float = 0.0

    def observe(self, value: float) -> None:
        """Count one value."""
        self.counts[bisect_left(BUCKETS, value)] += 1
        self.total += value


class Metrics:
    """All cells, thread-safe; as with the real server, one appears with its first value."""

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
            cells.setdefault(tuple(labels.items()), Histogram()).observe(value)

    def render(self) -> str:
        """The page Prometheus scrapes."""
        with self._lock:
            lines = [*_sum_lines(self._sums), *_histogram_lines(self._histograms)]
        return "".join(f"{line}\n" for line in lines)


def _sum_lines(metrics: Mapping[Metric, Mapping[Labels, float]]) -> Iterator[str]:
    for metric, cells in metrics.items():
        yield from _head(metric)
        for labels, value in cells.items():
            yield f"{metric.name}{_braced(labels)} {value:.0f}"


def _histogram_lines(metrics: Mapping[Metric, Mapping[Labels, Histogram]]) -> Iterator[str]:
    for metric, cells in metrics.items():
        yield from _head(metric)
        for labels, histogram in cells.items():
            so_far = 0
            for bound, count in zip((*map(_number, BUCKETS), "+Inf"), histogram.counts, strict=True):
                so_far += count
                yield f"{metric.name}_bucket{_braced((*labels, ('le', bound)))} {so_far}"
            yield f"{metric.name}_sum{_braced(labels)} {_number(histogram.total)}"
            yield f"{metric.name}_count{_braced(labels)} {so_far}"


def _number(value: float) -> str:
    return f"{value:.6g}"


def _head(metric: Metric) -> tuple[str, str]:
    return f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} {metric.kind}"


def _braced(labels: Labels) -> str:
    shown = (f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{','.join(shown)}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
