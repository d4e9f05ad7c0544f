"""The numbers of a front for Prometheus, made from `stats` when they are asked for: no request pays for them."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from jupyter_mlops.deployments.serving.stats import STEPS, Stats, bound_ms
from jupyter_mlops.deployments.serving.status import Status

MEDIA = CONTENT_TYPE_LATEST
# Every doubling from 0.4 ms to 52 s.
BOUNDS = tuple(range(3 * STEPS, 21 * STEPS, STEPS))


class Numbers(Collector):
    """The metrics of a front."""

    def __init__(self, status: Status) -> None:
        self._status = status

    def collect(self) -> Iterable[Metric]:
        """Return the metrics as they are now."""
        requests = CounterMetricFamily(
            "mlops_requests", "Answers of a version.", labels=["deployment", "version", "code"]
        )
        errors = CounterMetricFamily(
            "mlops_errors", "Answers that failed by the version's fault.", labels=["deployment", "version"]
        )
        latency = HistogramMetricFamily(
            "mlops_latency_seconds", "From the whole request to its answer.", labels=["deployment", "version"]
        )
        name = self._status.name()
        for number, stats in self._status.each().items():
            for code, count in sorted(stats.codes.items()):
                requests.add_metric([name, number, str(code)], count)
            errors.add_metric([name, number], stats.errors)
            latency.add_metric([name, number], buckets=_buckets(stats), sum_value=stats.sum_ms / 1000)
        yield from (requests, errors, latency)
        yield from self._own(name)

    def _own(self, name: str) -> Iterable[Metric]:
        facts, words = self._status.facts(), self._status.status()
        refused = CounterMetricFamily(
            "mlops_refused", "Requests that were given to no version.", labels=["deployment", "code"]
        )
        for code, count in sorted(facts["refused"].items()):
            refused.add_metric([name, str(code)], count)
        in_flight = GaugeMetricFamily("mlops_in_flight", "Requests being answered.", labels=["deployment"])
        in_flight.add_metric([name], facts["in_flight"])
        ready = GaugeMetricFamily(
            "mlops_version_ready", "Whether a version is ready.", labels=["deployment", "version", "role"]
        )
        restarts = CounterMetricFamily(
            "mlops_worker_restarts", "Workers that ended and were started again.", labels=["deployment", "version"]
        )
        for number, version in words["versions"].items():
            ready.add_metric([name, number, _role(number, words)], float(version["state"] == "ready"))
            restarts.add_metric([name, number], version["restarts"])
        yield from (refused, in_flight, ready, restarts)


def _role(number: str, words: dict[str, object]) -> str:
    canary = words["canary"]
    if words["live"] == number:
        return "live"
    if isinstance(canary, dict) and canary["version"] == number:
        return "canary"
    return "shadow" if words["shadow"] == number else "warm"


def _buckets(stats: Stats) -> list[tuple[str, float]]:
    """Return how many latencies are below each bound."""
    found, passed, steps = [], 0, sorted(stats.steps.items())
    for bound in BOUNDS:
        while steps and steps[0][0] <= bound:
            passed += steps.pop(0)[1]
        found.append((f"{bound_ms(bound) / 1000:.6g}", float(passed)))
    return [*found, ("+Inf", float(stats.requests))]


def text(status: Status) -> bytes:
    """Return the metrics in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Numbers(status))
    return generate_latest(registry)
