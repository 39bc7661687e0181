"""A decision in one sentence, for status, Events and the person who asks why."""

__all__ = ["explain"]

from collections.abc import Sequence

from podium_operator.scaling.model import Bound, PoolDecision, PoolState, Terms
from podium_operator.scaling.timing import STALE_AFTER_SECONDS

_KEPT = "every pool keeps its size, within its bounds"


def explain(
    terms: Terms, pools: Sequence[PoolState], decisions: Sequence[PoolDecision], *, stale: bool
) -> str:
    """Why these numbers. Holds no number that moves while nothing changes."""
    if terms.sample_age_seconds is None:
        return f"No node has reported its load yet: {_KEPT}."
    if stale:
        return f"The load is older than {STALE_AFTER_SECONDS:.0f} s: {_KEPT}."
    parts = (_pool(pool, decision) for pool, decision in zip(pools, decisions, strict=True))
    return f"{_load(terms)}: {'; '.join(parts)}."


def _load(terms: Terms) -> str:
    if not terms.staffed_slots:
        return "No stream is open and nothing waits"
    streams = round(terms.streams)
    text = f"{_count(streams, 'open stream')} {_keep(streams)} {terms.load_erlangs:.1f} slots busy"
    if terms.refused:
        text += f", {_count(terms.refused, 'session')} {_was(terms.refused)} refused"
    if terms.backlog_slot_seconds >= 0.05:
        text += f", {terms.backlog_slot_seconds:.1f} slot-seconds wait"
    return f"{text}; that needs {_count(terms.staffed_slots, 'slot')}"


def _pool(pool: PoolState, decision: PoolDecision) -> str:
    if decision.desired == decision.current:
        text = f"{pool.name} stays at {_count(decision.desired, 'pod')}"
    else:
        text = f"{pool.name} goes from {decision.current} to {_count(decision.desired, 'pod')}"
    starting = f", {decision.pending} still starting" if decision.pending else ""
    return f"{text}{_because(pool, decision)}{starting}"


def _because(pool: PoolState, decision: PoolDecision) -> str:
    reasons = {
        Bound.MIN: ", its minimum",
        Bound.MAX: ", its maximum" + _short(decision),
        Bound.BACKLOG: f" to work off what waits within {pool.target_backlog_seconds:g} s",
        Bound.WINDOW: f", the highest need of the last {pool.in_window_seconds:g} s",
        Bound.STEP: f", a step towards {max(decision.need, pool.minimum)}",
        Bound.RESTART: f" until {pool.in_window_seconds:g} s of history exist",
    }
    return reasons.get(decision.bound, "")


def _short(decision: PoolDecision) -> str:
    missing = decision.need > decision.desired
    return f", though {decision.need} are needed" if missing else ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _keep(number: int) -> str:
    return "keeps" if number == 1 else "keep"


def _was(number: int) -> str:
    return "was" if number == 1 else "were"
