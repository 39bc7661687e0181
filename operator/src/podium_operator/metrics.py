"""The operator's own metrics; one registry per process, made in `app` and passed down.

Labels name kinds, never objects, apart from the podium_orchestrator_…, podium_pool_… and
podium_endpoint_… gauges, which exist once per Orchestrator and are forgotten with it.
"""

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
_ORCHESTRATOR = ("namespace", "name")
_POOL = ("namespace", "name", "pool")


class Metrics:
    """Every series the operator exports; attributes are named like the series."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
        PlatformCollector(registry=registry)

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"podium_operator_{name}", text, labels, registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"podium_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, *labels: str) -> Histogram:
            return Histogram(
                f"podium_operator_{name}", text, labels, registry=registry, buckets=_FAST
            )

        gauge("operator_build_info", "Always 1.", "version").labels(__version__).set(1)
        self.leader = gauge("operator_leader", "1 while this process leads.")
        self.workers = gauge("operator_workers", "Orchestrators being looked after.")
        self.loop_lag = gauge("operator_event_loop_lag_seconds", "Delay of the event loop.")
        self.watch_event_at = gauge(
            "operator_watch_last_event_timestamp_seconds", "When a watch last spoke.", "resource"
        )
        self.passes = counter("passes", "Passes over one Orchestrator.", "result")
        self.pass_seconds = histogram("pass_duration_seconds", "Duration of one pass.")
        self.api_requests = counter(
            "api_requests", "Requests to the API server.", "verb", "resource", "code"
        )
        self.api_seconds = histogram("api_request_duration_seconds", "Their duration.", "verb")
        self.writes = counter("writes", "Objects written.", "kind", "action")
        self.condition = gauge(
            "orchestrator_condition", "1 where the condition is True.", *_ORCHESTRATOR, "type"
        )
        self.pass_at = gauge(
            "orchestrator_last_pass_timestamp_seconds",
            "When a pass over it last succeeded.",
            *_ORCHESTRATOR,
        )
        self.sessions = gauge("orchestrator_sessions", "Open sessions.", *_ORCHESTRATOR)
        self.max_sessions = gauge(
            "orchestrator_max_sessions", "Sessions that could be served.", *_ORCHESTRATOR
        )
        self.streams = gauge("orchestrator_streams", "Open streams.", *_ORCHESTRATOR)
        self.backlog = gauge(
            "orchestrator_backlog_seconds", "Source duration of waiting segments.", *_ORCHESTRATOR
        )
        self.load_age = gauge(
            "orchestrator_load_age_seconds", "Age of the oldest report counted.", *_ORCHESTRATOR
        )
        self.pool_ready = gauge("pool_ready_pods", "Ready pods.", *_POOL)
        self.pool_desired = gauge("pool_desired_pods", "Wanted pods.", *_POOL)
        self.pool_busy = gauge("pool_busy_slots", "Slots at work.", *_POOL)
        self.pool_startup = gauge(
            "pool_startup_seconds", "Learned time from creation to ready.", *_POOL
        )
        self.scaling = ScalingGauges(registry)
        self.chain = ChainGauges(registry)
        self.endpoints = EndpointGauges(registry)
        self.pools = PoolGauges(registry)
        self._per_orchestrator = (
            *(self.condition, self.pass_at, self.sessions, self.max_sessions, self.streams),
            *(self.backlog, self.load_age),
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
