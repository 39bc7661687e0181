"""Gauges of everything in a scaling decision: what it was made of, and what each pool is bound by.

A number that is not known has no series; zero always means zero.
"""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Gauge

from podium_operator.scaling import (
    Bound,
    Decision,
    Hold,
    Lookahead,
    PoolDecision,
    Preparation,
    Surge,
)

__all__ = ["ScalingGauges"]

_TERMS = {
    "refused": ("refused_sessions", "Sessions refused for want of capacity in the last 10 s."),
    "load_erlangs": ("load_erlangs", "Slots that the load keeps busy all the time."),
    "kappa": ("kappa", "Busy slots over those that measured segments explain, 1 to 3."),
    "pace": ("pace", "Segments received over those that open streams explain, 1 to 3."),
    "lateness": ("lateness", "By what slots are multiplied for late segments, 1 to 2."),
    "service_seconds": ("service_seconds", "Slot time of a segment, as staffing reckons."),
    "slack_seconds": ("slack_seconds", "How long a segment may wait for a slot."),
    "staffed_slots": ("staffed_slots", "Slots that the present load needs."),
    "growth_erlangs_per_second": ("growth_erlangs_per_second", "How fast the load grows."),
    "backlog_slot_seconds": ("backlog_slot_seconds", "Slot time that waits, unexpired."),
    "oldest_wait_seconds": ("oldest_wait_seconds", "Age of the oldest segment that waits."),
    "cost_per_hour": ("cost_usd_per_hour", "Of the wanted pods that have a price."),
    "unserved_segments_per_second": (
        "unserved_segments_per_second",
        "What the wanted pods will never serve in time.",
    ),
}
_POOL = {
    "need": ("need_pods", "Pods that the load alone wants."),
    "pending": ("pending_pods", "Pods that are still starting."),
    "stuck": ("stuck_pods", "Pods that are there and do not come."),
    "cancels": ("cancelled_pods", "Starting pods that are no longer wanted."),
    "lookahead_erlangs": ("lookahead_erlangs", "The rise that a pool is sized for."),
    "until_seconds": ("bridge_seconds", "How long an overflow pool is expected to bridge."),
}


class ScalingGauges:
    """podium_orchestrator_… and podium_pool_… gauges of the last decision."""

    def __init__(self, registry: CollectorRegistry) -> None:
        owner, pool = ("namespace", "name"), ("namespace", "name", "pool")
        self._terms = {
            field: Gauge(f"podium_orchestrator_{name}", text, owner, registry=registry)
            for field, (name, text) in _TERMS.items()
        }
        self._pool = {
            field: Gauge(f"podium_pool_{name}", text, pool, registry=registry)
            for field, (name, text) in _POOL.items()
        }
        self._decision = Gauge(
            "podium_orchestrator_decision", "Number of the last.", owner, registry=registry
        )
        self._silent = Gauge(
            "podium_orchestrator_silent_nodes",
            "Whose reports are too old.",
            owner,
            registry=registry,
        )
        self._hold = Gauge(
            "podium_orchestrator_hold",
            "1 for why pools are not scaled freely.",
            (*owner, "reason"),
            registry=registry,
        )
        self._surge = Gauge(
            "podium_orchestrator_surge_erlangs",
            "The sudden rise prepared for, and how.",
            (*owner, "choice"),
            registry=registry,
        )
        self._surge_cost = Gauge(
            "podium_orchestrator_surge_usd_per_hour",
            "What either answer to that rise costs.",
            (*owner, "means"),
            registry=registry,
        )
        self._lookahead = Gauge(
            "podium_pool_lookahead",
            "1 for the rule by which a rise is expected.",
            (*pool, "rule"),
            registry=registry,
        )
        self._bound = Gauge(
            "podium_pool_bound",
            "1 for what a pool's number is bound by.",
            (*pool, "bound"),
            registry=registry,
        )

    @property
    def per_pool(self) -> tuple[Gauge, ...]:
        return (*self._pool.values(), self._bound, self._lookahead)

    def show(self, namespace: str, name: str, decision: Decision) -> None:
        """Set every gauge to this decision."""
        key = (namespace, name)
        for field, gauge in self._terms.items():
            gauge.labels(*key).set(getattr(decision.terms, field))
        self._decision.labels(*key).set(decision.decision_id)
        self._silent.labels(*key).set(len(decision.terms.silent))
        for hold in Hold:
            if hold is not Hold.NONE:
                self._hold.labels(*key, hold.value).set(decision.hold is hold)
        self._show_surge(key, decision.surge)
        for pool in decision.pools:
            self._show_pool(key, pool)

    def forget(self, namespace: str, name: str) -> None:
        for gauge in self._all():
            gauge.remove_by_labels({"namespace": namespace, "name": name})

    def _show_surge(self, key: tuple[str, str], surge: Surge) -> None:
        for gauge in (self._surge, self._surge_cost):
            gauge.remove_by_labels({"namespace": key[0], "name": key[1]})
        self._surge.labels(*key, surge.choice.value).set(surge.erlangs)
        for means, price in (
            (Preparation.SPARES, surge.spares_per_hour),
            (Preparation.BRIDGE, surge.bridge_per_hour),
        ):
            if price is not None:
                self._surge_cost.labels(*key, means.value).set(price)

    def _show_pool(self, key: tuple[str, str], pool: PoolDecision) -> None:
        for field, gauge in self._pool.items():
            gauge.labels(*key, pool.name).set(getattr(pool, field))
        for bound in Bound:
            self._bound.labels(*key, pool.name, bound.value).set(pool.bound is bound)
        for rule in Lookahead:
            if rule is not Lookahead.NONE:
                self._lookahead.labels(*key, pool.name, rule.value).set(pool.lookahead is rule)

    def _all(self) -> Iterator[Gauge]:
        yield from (*self._terms.values(), *self.per_pool)
        yield from (self._decision, self._silent, self._hold, self._surge, self._surge_cost)
