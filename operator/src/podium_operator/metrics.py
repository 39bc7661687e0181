"""The operator's own metrics; one registry per process, made in `app` and passed down.

Labels name kinds, never objects, apart from the podium_orchestrator_…, podium_pool_… and
podium_endpoint_… gauges, which exist once per Orchestrator and are forgotten with it.
"""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from podium_operator import __version__
from podium_operator.chain_gauges import ChainGauges
from podium_operator.endpoint_gauges import EndpointGauges
from podium_operator.pool_gauges import PoolGauges
from podium_operator.scaling import Decision
from podium_operator.scaling_gauges import ScalingGauges

__all__ = ["Metrics"]

_FAST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_PASS_RESULTS = ("ok", "error", "gone")
_ORCHESTRATOR = ("namespace", "name")
_POOL = ("namespace", "name", "pool")


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes series of one registry under the operator's names."""

    registry: CollectorRegistry

    def counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"podium_operator_{name}", text, labels, registry=self.registry)

    def gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"podium_{name}", text, labels, registry=self.registry)

    def histogram(self, name: str, text: str, *labels: str) -> Histogram:
        return Histogram(
            f"podium_operator_{name}", text, labels, registry=self.registry, buckets=_FAST
        )


class Metrics:
    """Every series the operator exports; attributes are named like the series."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
        PlatformCollector(registry=registry)
        make = _Maker(registry)
        self._tell_of_the_process(make)
        self._tell_of_orchestrators(make)
        self._tell_of_pools(make)
        self.scaling = ScalingGauges(registry)
        self.chain = ChainGauges(registry)
        self.endpoints = EndpointGauges(registry)
        self.pools = PoolGauges(registry)

    def _tell_of_the_process(self, make: _Maker) -> None:
        make.gauge("operator_build_info", "Always 1.", "version").labels(__version__).set(1)
        self.leader = make.gauge("operator_leader", "1 while this process leads.")
        self.workers = make.gauge("operator_workers", "Orchestrators being looked after.")
        self.loop_lag = make.gauge("operator_event_loop_lag_seconds", "Delay of the event loop.")
        self.watch_event_at = make.gauge(
            "operator_watch_last_event_timestamp_seconds", "When a watch last spoke.", "resource"
        )
        self.passes = make.counter("passes", "Passes over one Orchestrator.", "result")
        for result in _PASS_RESULTS:
            self.passes.labels(result)  # from 0 on: a first failure shall be seen as one
        self.pass_seconds = make.histogram("pass_duration_seconds", "Duration of one pass.")
        self.api_requests = make.counter(
            "api_requests", "Requests to the API server.", "verb", "resource", "code"
        )
        self.api_seconds = make.histogram("api_request_duration_seconds", "Their duration.", "verb")
        self.writes = make.counter("writes", "Objects written.", "kind", "action")
        self.sent_off = make.counter(
            "pods_sent_off",
            "Pods told to leave a machine that is announced to be taken.",
            *("component", "mark"),
        )

    def _tell_of_orchestrators(self, make: _Maker) -> None:
        self.condition = make.gauge(
            "orchestrator_condition", "1 where the condition is True.", *_ORCHESTRATOR, "type"
        )
        self.pass_at = make.gauge(
            "orchestrator_last_pass_timestamp_seconds",
            "When a pass over it last succeeded.",
            *_ORCHESTRATOR,
        )
        self.sessions = make.gauge("orchestrator_sessions", "Open sessions.", *_ORCHESTRATOR)
        self.max_sessions = make.gauge(
            "orchestrator_max_sessions", "Sessions that could be served.", *_ORCHESTRATOR
        )
        self.streams = make.gauge("orchestrator_streams", "Open streams.", *_ORCHESTRATOR)
        self.backlog = make.gauge(
            "orchestrator_backlog_seconds", "Source duration of waiting segments.", *_ORCHESTRATOR
        )
        self.load_age = make.gauge(
            "orchestrator_load_age_seconds", "Age of the oldest report counted.", *_ORCHESTRATOR
        )
        self._per_orchestrator = (
            *(self.condition, self.pass_at, self.sessions, self.max_sessions, self.streams),
            *(self.backlog, self.load_age),
        )

    def _tell_of_pools(self, make: _Maker) -> None:
        self.pool_ready = make.gauge("pool_ready_pods", "Ready pods.", *_POOL)
        self.pool_desired = make.gauge("pool_desired_pods", "Wanted pods.", *_POOL)
        self.pool_busy = make.gauge("pool_busy_slots", "Slots at work.", *_POOL)
        self.pool_startup = make.gauge(
            "pool_startup_seconds", "Learned time from creation to ready.", *_POOL
        )
        self._per_pool = (self.pool_ready, self.pool_desired, self.pool_busy, self.pool_startup)

    def decided(self, namespace: str, name: str, decision: Decision) -> None:
        """Show everything that a scaling decision says."""
        self.scaling.show(namespace, name, decision)

    def count_request(self, verb: str, resource: str, code: str, seconds: float) -> None:
        self.api_requests.labels(verb, resource, code).inc()
        self.api_seconds.labels(verb).observe(seconds)

    def forget(self, namespace: str, name: str) -> None:
        """Drop the series of an Orchestrator that is gone."""
        for gauge in (*self._per_orchestrator, *self._per_pool, *self.pools.all):
            gauge.remove_by_labels({"namespace": namespace, "name": name})
        self.scaling.forget(namespace, name)
        self.chain.forget(namespace, name)
        self.endpoints.forget(namespace, name)

    def forget_pool(self, namespace: str, name: str, pool: str) -> None:
        for gauge in (*self._per_pool, *self.scaling.per_pool, *self.pools.all):
            gauge.remove_by_labels({"namespace": namespace, "name": name, "pool": pool})

    def render(self) -> bytes:
        """Return the text exposition."""
        return generate_latest(self.registry)
