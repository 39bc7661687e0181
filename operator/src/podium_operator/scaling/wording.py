"""A decision in sentences, for status, Events and the person who asks why."""

__all__ = ["explain"]

from collections.abc import Sequence

from podium_operator.scaling.decision import (
    Bound,
    Hold,
    Lookahead,
    PoolDecision,
    Preparation,
    Surge,
    Terms,
)
from podium_operator.scaling.holding import STALE_AFTER_SECONDS
from podium_operator.scaling.model import PoolState, Role

_KEPT = "every pool keeps its size, within its bounds"
_MOST_NAMED = 3
# Shorter than a status may hold, however many pools there are.
_LONGEST = 4000
_LEAST_SHOWN = 0.05


def explain(
    terms: Terms,
    pools: Sequence[PoolState],
    decisions: Sequence[PoolDecision],
    *,
    surge: Surge,
    hold: Hold,
) -> str:
    """Why these numbers. It is written down only when the decision changes."""
    blind = _blind(terms, hold)
    if blind:
        return f"{blind}: {_KEPT}."
    parts = (_pool(pool, decision) for pool, decision in zip(pools, decisions, strict=True))
    text = f"{_load(terms)}{_silent(terms)}: {'; '.join(parts)}.{_prepared(surge, decisions)}"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _blind(terms: Terms, hold: Hold) -> str:
    if hold is Hold.CLOCK:
        return "The clock went back"
    if hold is Hold.IMPLAUSIBLE:
        streams = _count(round(terms.streams), "stream")
        return f"{streams} are said to be open, and none has sent a segment"
    if hold is Hold.STALE and terms.sample_age_seconds is None:
        return "No node has reported its load yet"
    return f"The load is older than {STALE_AFTER_SECONDS:.0f} s" if hold is Hold.STALE else ""


def _silent(terms: Terms) -> str:
    if not terms.silent:
        return ""
    more = len(terms.silent) - _MOST_NAMED
    others = f" and {_count(more, 'other')}" if more > 0 else ""
    return f" ({', '.join(terms.silent[:_MOST_NAMED])}{others} silent: nothing is taken away)"


def _load(terms: Terms) -> str:
    if not terms.staffed_slots:
        return "No stream is open and nothing waits"
    streams = round(terms.streams)
    text = f"{_count(streams, 'open stream')} {_keep(streams)} {terms.load_erlangs:.1f} slots busy"
    if terms.kappa > 1:
        text += f" ({terms.kappa:.2f} times what was measured per segment)"
    if terms.pace > 1:
        text += f", {terms.pace:.1f} times as many segments come as streams explain"
    if terms.lateness > 1:
        text += f", {terms.lateness:.2f} times the slots for segments that were late"
    if terms.refused:
        text += f", {_count(terms.refused, 'session')} {_was(terms.refused)} refused"
    if terms.backlog_slot_seconds >= _LEAST_SHOWN:
        text += f", {terms.backlog_slot_seconds:.1f} slot-seconds wait"
    return f"{text}; that needs {_count(terms.staffed_slots, 'slot')}"


def _pool(pool: PoolState, decision: PoolDecision) -> str:
    if decision.desired == decision.current:
        text = f"{pool.name} stays at {_count(decision.desired, 'pod')}"
    else:
        text = f"{pool.name} goes from {decision.current} to {_count(decision.desired, 'pod')}"
    return f"{text}{_because(pool, decision)}{_ahead(pool, decision)}{_state(decision)}"


def _state(decision: PoolDecision) -> str:
    starting = f", {decision.pending} still starting" if decision.pending else ""
    if decision.cancels:
        starting += f", of which {decision.cancels} are no longer wanted"
    return starting + (f", {decision.stuck} stuck" if decision.stuck else "")


def _because(pool: PoolState, decision: PoolDecision) -> str:
    reasons = {
        Bound.MIN: ", its minimum",
        Bound.SCHEDULE: ", by its schedule",
        Bound.MAX: ", its maximum" + _short(decision),
        Bound.BUDGET: ", as the budget allows" + _short(decision),
        Bound.STREAMS: f", one for every {_count(pool.streams_per_pod or 1, 'stream')}",
        Bound.BACKLOG: f" to work off what waits within {round(pool.drain_seconds, 1):g} s",
        Bound.BRIDGE: _bridging(decision),
        Bound.WINDOW: f", the highest need of the last {pool.window_seconds:g} s",
        Bound.STEP: f", a step towards {max(decision.need, pool.least)}",
        Bound.RESTART: f" until {pool.window_seconds:g} s of history exist",
        Bound.SILENT: ", as not every node reports",
    }
    return reasons.get(decision.bound, "")


def _bridging(decision: PoolDecision) -> str:
    if not decision.need:
        return ""
    if not decision.until_seconds:
        return " for what base pools cannot serve"
    return f" to bridge {decision.until_seconds:.0f} s until base pods are ready"


def _ahead(pool: PoolState, decision: PoolDecision) -> str:
    rise = decision.lookahead_erlangs
    match decision.lookahead:
        case Lookahead.GROWTH:
            return f", {rise:.1f} more busy slots expected within {pool.startup_seconds:.0f} s"
        case Lookahead.LEAD:
            return f", with {rise:.1f} slots for rises as lately seen"
        case Lookahead.SPARES:
            return f", with {rise:.1f} slots kept warm for a sudden rise"
        case Lookahead.CLIMB:
            return f", {rise:.1f} more busy slots expected until they are up"
        case Lookahead.NONE:
            return ""


def _prepared(surge: Surge, decisions: Sequence[PoolDecision]) -> str:
    """How a sudden rise is prepared for, where there is one to prepare for and a choice."""
    has_choice = any(decision.role is Role.OVERFLOW for decision in decisions)
    if not has_choice or surge.choice is Preparation.NONE or not surge.erlangs:
        return ""
    prices = [
        f"{name} {price:.2f} an hour"
        for name, price in (
            ("spares", surge.spares_per_hour),
            ("idle places", surge.bridge_per_hour),
        )
        if price is not None
    ]
    means = "warm spares" if surge.choice is Preparation.SPARES else "the overflow pool"
    costs = f" ({', '.join(prices)})" if prices else ""
    return f" A rise by {surge.erlangs:.1f} slots is left to {means}: {surge.why}{costs}."


def _short(decision: PoolDecision) -> str:
    missing = decision.need > decision.desired
    return f", though {decision.need} are needed" if missing else ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _keep(number: int) -> str:
    return "keeps" if number == 1 else "keep"


def _was(number: int) -> str:
    return "was" if number == 1 else "were"
