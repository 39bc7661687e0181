"""The decision itself: the load's need, then time, then money, then words."""

__all__ = ["decide"]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from podium_operator.scaling.bounds import bounded
from podium_operator.scaling.bridge import (
    Gap,
    Present,
    choice_of,
    climbing,
    gap_of,
    overflow_need,
    present_of,
    priced,
)
from podium_operator.scaling.budget import cost_of, within_budget
from podium_operator.scaling.decision import (
    Bound,
    Decision,
    Hold,
    PoolDecision,
    Preparation,
    Surge,
    Terms,
    signature_of,
)
from podium_operator.scaling.holding import BLIND, hold_of, is_clear, silent_sources
from podium_operator.scaling.model import Inputs, PoolState, Role, Window
from podium_operator.scaling.need import PoolNeed, base_needs, in_order
from podium_operator.scaling.outlook import Outlook, outlook_of, remembered
from podium_operator.scaling.promise import promise_after
from podium_operator.scaling.staffing import erlangs, spread
from podium_operator.scaling.timing import Timed, held, timed
from podium_operator.scaling.wording import explain
from podium_operator.scaling.workload import Workload, workload_of

_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class _Scene:
    """Everything looked at once and used by every pool."""

    inputs: Inputs
    window: Window
    hold: Hold
    workload: Workload
    present: Present
    outlook: Outlook
    base: list[PoolState]
    overflow: list[PoolState]
    surge: Surge


@dataclass(frozen=True, slots=True)
class _Move:
    """What one pool needs and what it gets."""

    need: PoolNeed
    timed: Timed
    until_seconds: float = 0.0


def decide(inputs: Inputs, *, window: Window) -> tuple[Decision, Window]:
    """How many pods every pool should have, and the window to pass in next time.

    Blind (load older than 15 s, none yet, a clock that went back, an impossible jump), every pool
    keeps its size within its bounds. The cost is linear in pools.
    """
    scene = _scene(bounded(inputs), window)
    moves = _moves(scene)
    moves = _afforded(scene, moves)
    pools = tuple(_pool_decision(pool, moves[pool.name]) for pool in scene.inputs.pools)
    following = _next_window(scene, pools, moves)
    terms = _terms(scene, pools)
    decision = Decision(
        decision_id=following.decision_id,
        hold=scene.hold,
        terms=terms,
        pools=pools,
        surge=scene.surge,
        text=explain(terms, scene.inputs.pools, pools, surge=scene.surge, hold=scene.hold),
    )
    return decision, following


def _scene(inputs: Inputs, window: Window) -> _Scene:
    base, overflow = in_order(inputs.pools, Role.BASE), in_order(inputs.pools, Role.OVERFLOW)
    workload = workload_of(inputs, window)
    load = _reference_erlangs(workload, base or overflow)
    outlook = outlook_of(window.history, now=inputs.now, load_erlangs=load)
    surge = choice_of(base, overflow)
    if base:
        rise = outlook.surge(
            outlook.lead(base[0].startup_seconds), max(one.surge_percent for one in base)
        )
        surge = priced(surge, base, overflow, erlangs=round(rise * workload.correction, 3))
    present = present_of(workload, inputs.pools, overflow)
    hold = hold_of(inputs, window)
    return _Scene(inputs, window, hold, workload, present, outlook, base, overflow, surge)


def _reference_erlangs(workload: Workload, pools: Sequence[PoolState]) -> float:
    """The load as the first pool serves it, uncorrected: what history is kept of."""
    return erlangs(workload.offered(pools[0])) / workload.correction if pools else 0.0


def _moves(scene: _Scene) -> dict[str, _Move]:
    moves = dict(zip((pool.name for pool in scene.base), _base_moves(scene), strict=True))
    gap = _gap(scene, moves)
    for pool in scene.overflow:
        until = gap.until_seconds
        need, gap = overflow_need(scene.present, pool, gap)
        moves[pool.name] = _Move(need, _timed(scene, pool, need), until if need.pods else 0.0)
    for pool in (*scene.base, *scene.overflow)[-1:]:  # nobody makes up for what the last lacks
        move = moves[pool.name]
        moves[pool.name] = replace(move, need=replace(move.need, missing=move.need.over))
    return moves


def _gap(scene: _Scene, moves: Mapping[str, _Move]) -> Gap:
    """What is left for overflow pools once base pools have moved."""
    bridges = scene.surge.choice is Preparation.BRIDGE
    gap = gap_of(
        scene.present,
        scene.base,
        [moves[pool.name].timed.desired for pool in scene.base],
        bridges=bridges,
    )
    return climbing(gap, scene.present, scene.outlook) if bridges else gap


def _base_moves(scene: _Scene) -> list[_Move]:
    spares = scene.surge.choice is Preparation.SPARES
    rises = []
    for pool in scene.base:
        rise, rule = scene.outlook.rise(
            pool.startup_seconds, surge_percent=pool.surge_percent, spares=spares
        )
        slower = scene.base[0].speed / pool.speed
        rises.append((rise * scene.workload.correction * slower, rule))
    needs = base_needs(scene.workload, scene.base, rises)
    return [
        _Move(need, _timed(scene, pool, need)) for pool, need in zip(scene.base, needs, strict=True)
    ]


def _timed(scene: _Scene, pool: PoolState, need: PoolNeed) -> Timed:
    if scene.hold in BLIND:
        return held(pool, scene.hold, window=scene.window)
    return timed(
        pool,
        need,
        now=scene.inputs.now,
        window=scene.window,
        raises_only=scene.hold is Hold.SILENT,
    )


def _afforded(scene: _Scene, moves: Mapping[str, _Move]) -> dict[str, _Move]:
    wanted = {name: move.timed.desired for name, move in moves.items()}
    allowed = within_budget(scene.inputs.pools, wanted, per_hour=scene.inputs.budget_per_hour)
    return {
        name: move
        if allowed[name] == wanted[name]
        else replace(move, timed=replace(move.timed, desired=allowed[name], bound=Bound.BUDGET))
        for name, move in moves.items()
    }


def _pool_decision(pool: PoolState, move: _Move) -> PoolDecision:
    erlangs_expected, rule = move.need.rise
    desired = move.timed.desired
    return PoolDecision(
        name=pool.name,
        role=pool.role,
        current=pool.current,
        ready=pool.ready,
        pending=pool.pending,
        stuck=pool.stuck,
        need=move.need.pods + move.need.missing,
        desired=desired,
        bound=move.timed.bound,
        lookahead=rule,
        lookahead_erlangs=erlangs_expected,
        until_seconds=move.until_seconds,
        cancels=min(pool.pending, max(0, pool.current - desired)),
    )


def _terms(scene: _Scene, pools: Sequence[PoolDecision]) -> Terms:
    inputs, workload = scene.inputs, scene.workload
    first = next(iter((*scene.base, *scene.overflow)), None)
    offered = workload.offered(first) if first else []
    whole = scene.present.slots[first.name] if first else 0
    service, slack = spread(offered)
    ages = [source.age_seconds for source in inputs.sources]
    return Terms(
        streams=sum(one.streams for one in inputs.demand),
        refused=inputs.refused,
        load_erlangs=erlangs(offered),
        kappa=workload.kappa,
        pace=workload.pace,
        lateness=workload.lateness,
        service_seconds=service,
        slack_seconds=slack,
        staffed_slots=whole,
        growth_erlangs_per_second=scene.outlook.growth * workload.correction,
        backlog_slot_seconds=workload.waiting_slot_seconds,
        oldest_wait_seconds=inputs.oldest_wait_seconds,
        sample_age_seconds=max(ages, default=None),
        silent=silent_sources(inputs),
        cost_per_hour=cost_of(inputs.pools, {pool.name: pool.desired for pool in pools}),
        unserved_segments_per_second=_unserved(scene, pools),
    )


def _unserved(scene: _Scene, pools: Sequence[PoolDecision]) -> float:
    """Segments per second that what was decided will never serve in time."""
    left = 1.0
    for pool, decided in zip(scene.inputs.pools, pools, strict=True):
        left -= scene.present.share(pool, max(0, decided.desired - pool.stuck))
    demand = scene.workload.demand
    per_second = sum(one.streams / one.segment_seconds for one in demand)
    return round(max(0.0, left) * per_second, 6)


def _next_window(
    scene: _Scene, pools: Sequence[PoolDecision], moves: Mapping[str, _Move]
) -> Window:
    """The window for the next decision; pools that are gone leave nothing behind."""
    inputs, window, hold = scene.inputs, scene.window, scene.hold
    signature = signature_of(
        hold.value,
        scene.surge.choice.value,
        ((pool.name, pool.desired, pool.bound.value) for pool in pools),
    )
    seen = replace(
        window,
        started_at=min(window.started_at, inputs.now),
        decision_id=window.decision_id + (signature != window.signature),
        signature=signature,
        last_at=inputs.now,
        needs={name: move.timed.samples for name, move in moves.items()},
        last_in_at={
            name: move.timed.last_in_at
            for name, move in moves.items()
            if move.timed.last_in_at is not None
        },
        doubted_at=_doubted_at(window, hold, inputs.now),
        clear_since=_clear_since(inputs, window, hold),
    )
    if hold in BLIND:
        return seen
    promise = promise_after(inputs, window, is_met=_is_met(scene))
    load = scene.outlook.load_erlangs
    history = remembered(window.history, now=inputs.now, load_erlangs=load)
    return replace(
        seen,
        history=history,
        streams=sum(one.streams for one in inputs.demand),
        lateness=promise.factor,
        lateness_at=promise.at,
    )


def _is_met(scene: _Scene) -> bool:
    """Whether pods that serve are as many as the present needs, and none is on its way."""
    pools = scene.inputs.pools
    served = sum(scene.present.share(pool, pool.ready) for pool in pools)
    return served >= 1 - _ROUNDING and not any(pool.pending or pool.stuck for pool in pools)


def _clear_since(inputs: Inputs, window: Window, hold: Hold) -> float | None:
    if not is_clear(inputs, hold):
        return None
    return inputs.now if window.clear_since is None else window.clear_since


def _doubted_at(window: Window, hold: Hold, now: float) -> float | None:
    if hold is not Hold.IMPLAUSIBLE:
        return None
    return now if window.doubted_at is None else window.doubted_at
