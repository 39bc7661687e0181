"""Everything in a decision is a metric, beside its words."""

from dataclasses import fields, replace

from prometheus_client import CollectorRegistry
from tests.unit.operator.scaling.cases import CPU, GPU, decided, demand, inputs, past

from podium_operator.scaling import Decision
from podium_operator.scaling.decision import PoolDecision, Surge, Terms
from podium_operator.scaling.model import Window
from podium_operator.scaling_gauges import ScalingGauges

_O = {"namespace": "media", "name": "home"}
_GPU = _O | {"pool": "gpu"}
# Told live as well, by what tells it: whoever decides and whoever does not.
_TOLD_ELSEWHERE = {"streams", "sample_age_seconds", "current", "ready", "desired", "name", "role"}
_WORDS = {"text", "why"}


def _decision() -> Decision:
    base = replace(GPU, cost_per_hour=1.0, surge_percent=100, current=20, pending_etas=(9.0,))
    overflow = replace(CPU, standby_cost_per_hour=2.0, cost_per_hour=2.0)
    moment = inputs(demand(200, waiting=9.0), pools=[base, overflow], refused=3)
    return decided(moment, Window(started_at=-1e6, history=past(600, lambda _: 30.0)))


def _shown(decision: Decision) -> CollectorRegistry:
    registry = CollectorRegistry()
    ScalingGauges(registry).show("media", "home", decision)
    return registry


def test_every_number_of_a_decision_has_a_series() -> None:
    decision = _decision()
    registry = _shown(decision)
    base, surge, chosen = decision.pools[0], decision.surge, _O | {"choice": "WarmSpares"}

    series = {
        "decision_id": ("podium_orchestrator_decision", _O, decision.decision_id),
        "hold": ("podium_orchestrator_hold", _O | {"reason": "Stale"}, 0),
        "silent": ("podium_orchestrator_silent_nodes", _O, 0),
        "refused": ("podium_orchestrator_refused_sessions", _O, 3),
        "cost_per_hour": (
            "podium_orchestrator_cost_usd_per_hour",
            _O,
            decision.terms.cost_per_hour,
        ),
        "choice": ("podium_orchestrator_surge_erlangs", chosen, surge.erlangs),
        "erlangs": ("podium_orchestrator_surge_erlangs", chosen, surge.erlangs),
        "spares_per_hour": (
            "podium_orchestrator_surge_usd_per_hour",
            _O | {"means": "WarmSpares"},
            surge.spares_per_hour,
        ),
        "bridge_per_hour": (
            "podium_orchestrator_surge_usd_per_hour",
            _O | {"means": "Bridge"},
            surge.bridge_per_hour,
        ),
        "need": ("podium_pool_need_pods", _GPU, base.need),
        "pending": ("podium_pool_pending_pods", _GPU, 1),
        "stuck": ("podium_pool_stuck_pods", _GPU, 0),
        "cancels": ("podium_pool_cancelled_pods", _GPU, base.cancels),
        "bound": ("podium_pool_bound", _GPU | {"bound": base.bound.value}, 1),
        "lookahead": ("podium_pool_lookahead", _GPU | {"rule": "WarmSpares"}, 1),
        "lookahead_erlangs": ("podium_pool_lookahead_erlangs", _GPU, base.lookahead_erlangs),
        "until_seconds": ("podium_pool_bridge_seconds", _GPU, 0),
    } | {
        name: (f"podium_orchestrator_{name}", _O, getattr(decision.terms, name))
        for name in (
            "load_erlangs",
            "kappa",
            "pace",
            "lateness",
            "service_seconds",
            "slack_seconds",
            "staffed_slots",
            "growth_erlangs_per_second",
            "backlog_slot_seconds",
            "oldest_wait_seconds",
            "unserved_segments_per_second",
        )
    }
    told = {
        field: registry.get_sample_value(name, labels)
        for field, (name, labels, _) in series.items()
    }

    assert told == {field: value for field, (*_, value) in series.items()}
    parts = (Decision, Terms, PoolDecision, Surge)
    every = {field.name for part in parts for field in fields(part)}
    assert every - _TOLD_ELSEWHERE - _WORDS - {"terms", "pools", "surge"} == series.keys()


def test_a_price_that_is_not_known_has_no_series() -> None:
    registry = CollectorRegistry()
    gauges = ScalingGauges(registry)
    gauges.show("media", "home", _decision())

    gauges.show("media", "home", decided(inputs(demand(200), pools=[GPU])))

    for means in ("WarmSpares", "Bridge"):
        labels = _O | {"means": means}
        assert registry.get_sample_value("podium_orchestrator_surge_usd_per_hour", labels) is None


def test_of_an_orchestrator_that_is_gone_nothing_is_left() -> None:
    registry = CollectorRegistry()
    gauges = ScalingGauges(registry)
    gauges.show("media", "home", _decision())

    gauges.forget("media", "home")

    assert [sample for metric in registry.collect() for sample in metric.samples] == []
