"""The decision itself: need, then time, then words."""

__all__ = ["decide"]

from collections.abc import Sequence

from podium_operator.scaling.model import Decision, Inputs, PoolDecision, PoolState, Terms, Window
from podium_operator.scaling.need import PoolNeed, bounded, needs_of
from podium_operator.scaling.timing import STALE_AFTER_SECONDS, Timed, held, timed
from podium_operator.scaling.wording import explain


def decide(inputs: Inputs, *, window: Window) -> tuple[Decision, Window]:
    """How many pods every pool should have, and the window to pass in next time.

    With load older than 15 s, or none yet, every pool keeps its size within its bounds.
    """
    inputs = bounded(inputs)
    age = inputs.sample_age_seconds
    stale = age is None or not age <= STALE_AFTER_SECONDS
    needs = needs_of(inputs)
    moves = [
        held(pool, window=window) if stale else timed(pool, need, now=inputs.now, window=window)
        for pool, need in zip(inputs.pools, needs, strict=True)
    ]
    pools = tuple(map(_pool_decision, inputs.pools, needs, moves))
    following = _next_window(window, pools, moves)
    terms = _terms(inputs, needs)
    decision = Decision(
        decision_id=following.decision_id,
        stale=stale,
        terms=terms,
        pools=pools,
        text=explain(terms, inputs.pools, pools, stale=stale),
    )
    return decision, following


def _pool_decision(pool: PoolState, need: PoolNeed, move: Timed) -> PoolDecision:
    return PoolDecision(
        name=pool.name,
        current=pool.current,
        ready=pool.ready,
        pending=pool.pending,
        need=need.pods,
        desired=move.desired,
        bound=move.bound,
    )


def _terms(inputs: Inputs, needs: Sequence[PoolNeed]) -> Terms:
    return Terms(
        streams=sum(demand.streams for demand in inputs.demand),
        refused=inputs.refused,
        load_erlangs=needs[0].load_erlangs if needs else 0.0,
        staffed_slots=needs[0].slots if needs else 0,
        backlog_slot_seconds=sum(demand.waiting_slot_seconds for demand in inputs.demand),
        oldest_wait_seconds=inputs.oldest_wait_seconds,
        sample_age_seconds=inputs.sample_age_seconds,
    )


def _next_window(window: Window, pools: Sequence[PoolDecision], moves: Sequence[Timed]) -> Window:
    """The window for the next decision; pools that are gone leave nothing behind."""
    signature = tuple((pool.name, pool.desired, pool.bound.value) for pool in pools)
    named = list(zip(pools, moves, strict=True))
    return Window(
        started_at=window.started_at,
        decision_id=window.decision_id + (signature != window.signature),
        needs={pool.name: move.samples for pool, move in named},
        last_in_at={
            pool.name: move.last_in_at for pool, move in named if move.last_in_at is not None
        },
        signature=signature,
    )
