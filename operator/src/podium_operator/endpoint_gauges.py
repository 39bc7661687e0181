"""Gauges of what the reachability probe saw at each advertised address."""

from prometheus_client import CollectorRegistry, Counter, Gauge

from podium_operator.endpoint_call import Answer

__all__ = ["EndpointGauges"]

_LABELS = ("namespace", "name", "endpoint")


class EndpointGauges:
    """podium_endpoint_… gauges; a number that is not known has no series."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._reachable = Gauge(
            "podium_endpoint_reachable",
            "1 while TLS and GetOrchestrator succeed at an advertised address.",
            _LABELS,
            registry=registry,
        )
        self._matches = Gauge(
            "podium_endpoint_address_matches",
            "1 while the node that answers there advertises that very address.",
            _LABELS,
            registry=registry,
        )
        self._seconds = Gauge(
            "podium_endpoint_seconds", "Time that the last answer took.", _LABELS, registry=registry
        )
        self._probes = Counter(
            "podium_operator_endpoint_probes",
            "Attempts to reach an advertised address.",
            ("outcome",),
            registry=registry,
        )

    def show(self, key: tuple[str, str], address: str, answer: Answer) -> None:
        """Set the gauges of one address to an attempt."""
        labels = (*key, address)
        self._probes.labels(answer.outcome.value).inc()
        self._reachable.labels(*labels).set(answer.is_reachable)
        if answer.is_reachable:
            self._seconds.labels(*labels).set(answer.seconds)
        if answer.address:
            self._matches.labels(*labels).set(answer.address.rstrip("/") == address)

    def forget_one(self, key: tuple[str, str], address: str) -> None:
        """Drop the series of an address that is no longer advertised."""
        for gauge in (self._reachable, self._matches, self._seconds):
            gauge.remove_by_labels({"namespace": key[0], "name": key[1], "endpoint": address})

    def forget(self, namespace: str, name: str) -> None:
        """Drop the series of an Orchestrator that is gone."""
        for gauge in (self._reachable, self._matches, self._seconds):
            gauge.remove_by_labels({"namespace": namespace, "name": name})
