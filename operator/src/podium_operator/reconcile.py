"""From what is observed to what is to be done: the whole decision for one Orchestrator, pure.

No I/O, no clock, no randomness: the same observation and memory give the same plan. The keeper
observes, calls `reconcile`, and carries the plan out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from podium_operator import checks
from podium_operator.api import names
from podium_operator.api.conditions import merge
from podium_operator.api.status import DecisionStatus, decision_status
from podium_operator.api.v1alpha1 import Orchestrator
from podium_operator.archive import Archive, config_map
from podium_operator.departures import Departures, Instant, Noticed, plan_departures
from podium_operator.desired import Facts, build, secrets
from podium_operator.desired.facts import ImageDefaults, OperatorPeer
from podium_operator.desired.images import pinned, pull_of
from podium_operator.external.board import Offer
from podium_operator.learned import Learned
from podium_operator.load import LoadView
from podium_operator.machines import MachinesView
from podium_operator.observe import (
    Moment,
    capacities,
    granted_to,
    parts,
    parts_with_pods,
    scaling_inputs,
)
from podium_operator.plan import Applied, ChildrenPlan, Wanted, plan_children
from podium_operator.queue_link import Capacity
from podium_operator.reporting import Report, compose, timestamp
from podium_operator.scaling import Bound, Decision, Window, decide
from podium_operator.scaling.recording import record
from podium_operator.sightings import ChildKey, Sighted

__all__ = ["Memory", "Observed", "Plan", "reconcile", "refuse"]


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything known about one Orchestrator at one moment.

    secrets: what its Secrets should hold, generated already where they were missing.
    status: as last shown. startup_seconds: learned per pool; learned: all that is to be kept.
    failure: the API server's refusal that still stands. now: monotonic seconds, the window's
    clock; date: the calendar's. machines: announced to be taken; told: uids of pods that were
    told to leave them.
    """

    orchestrator: Orchestrator
    sighted: Sighted
    secrets: Mapping[str, secrets.SecretState]
    load: LoadView
    status: Mapping[str, Any]
    applied: Mapping[ChildKey, Applied]
    startup_seconds: Mapping[str, float]
    image: ImageDefaults
    now: float
    date: datetime
    peer: OperatorPeer | None = None
    failure: str = ""
    learned: Learned = field(default_factory=Learned)
    machines: MachinesView = field(default_factory=MachinesView)
    told: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Memory:
    """What one decision leaves to the next.

    replicas: what was decided last, per pool; a Deployment that somebody scaled by hand has
    drifted from it. Empty at first and after a pause, where the Deployments are taken as they are.
    built: what was built last, to be built again only from something else. archive: what outlives
    this process. noticed: notices of machines, and the pods that they are for.
    """

    window: Window
    decision: DecisionStatus | None = None
    replicas: Mapping[str, int] = field(default_factory=dict)
    built: "Built | None" = None
    archive: Archive = field(default_factory=Archive)
    noticed: Mapping[str, Noticed] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Built:
    """The wanted children, and everything they were made from."""

    orchestrator: Orchestrator
    facts: Facts
    secrets: Mapping[str, secrets.SecretState]
    children: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do: children first, then word to pods and nodes, then people are told.

    decision: of this moment; news: the same, where it is another than the last one. offers: what
    external pools should have. departures: pods that leave their machine ahead of its end.
    """

    children: ChildrenPlan
    capacity: tuple[Capacity, ...]
    offers: Mapping[str, Offer]
    status: dict[str, Any]
    memory: Memory
    decision: Decision
    news: Decision | None = field(default=None)
    departures: Departures = field(default_factory=Departures)


def reconcile(observed: Observed, memory: Memory) -> Plan:
    """Decide everything. Raises `InvalidSpecError` for a spec that cannot be carried out."""
    orchestrator = observed.orchestrator
    replicas = {} if orchestrator.spec.paused else memory.replicas
    moment = Moment(observed.now, observed.date, observed.startup_seconds, replicas)
    inputs = scaling_inputs(orchestrator, observed.sighted, observed.load, moment=moment)
    decision, window = decide(inputs, window=memory.window)
    if orchestrator.spec.paused:
        return _paused(observed, memory, decision)
    facts = _facts(observed, decision)
    is_news = decision.decision_id != memory.window.decision_id or memory.decision is None
    shown = decision_status(decision, at=timestamp(observed.date)) if is_news else memory.decision
    built = _built(observed, facts, memory.built)
    taken = record(inputs, window=memory.window, at=timestamp(observed.date)) if is_news else ""
    archive = memory.archive.noted(taken, observed.learned, now=observed.now)
    departures = _departures(observed, memory)
    return Plan(
        children=plan_children(
            (*built.children, Wanted.of(config_map(orchestrator, archive))),
            observed.sighted.children,
            applied=observed.applied,
            owner_uid=orchestrator.metadata.uid,
        ),
        capacity=_capacities(observed, decision),
        offers=_offers(orchestrator, decision),
        status=_status(observed, decision, shown, pull_of(orchestrator, facts).reference),
        memory=Memory(window, shown, decision.replicas, built, archive, departures.noticed),
        decision=decision,
        news=decision if is_news else None,
        departures=departures,
    )


def refuse(
    message: str, status: Mapping[str, Any], *, generation: int, date: datetime
) -> dict[str, Any]:
    """Return the status of a spec that cannot be carried out: what runs goes on as it is."""
    verdicts = checks.conditions(
        checks.Observed(paused=False, node=None, queue=None, pools=(), invalid=message)
    )
    existing = status.get("conditions") or ()
    conditions = merge(existing, verdicts, generation=generation, now=timestamp(date))
    return {**status, "observedGeneration": generation, "conditions": conditions}


def _paused(observed: Observed, memory: Memory, decision: Decision) -> Plan:
    """Keep everything as it is, and go on telling of it."""
    pools = tuple(replace(pool, desired=pool.current) for pool in decision.pools)
    held = replace(decision, pools=pools)
    image = str(observed.status.get("image") or "")
    return Plan(
        children=ChildrenPlan((), ()),
        capacity=_capacities(observed, held),
        offers=_offers(observed.orchestrator, held),
        status=_status(observed, held, memory.decision, image),
        memory=replace(memory, replicas={}),
        decision=held,
    )


def _capacities(observed: Observed, decision: Decision) -> tuple[Capacity, ...]:
    orchestrator = observed.orchestrator
    granted = granted_to(orchestrator, observed.sighted)
    return capacities(orchestrator, decision, observed.startup_seconds, granted=granted)


def _departures(observed: Observed, memory: Memory) -> Departures:
    return plan_departures(
        parts_with_pods(observed.orchestrator, observed.sighted),
        observed.machines,
        memory.noticed,
        told=observed.told,
        at=Instant(observed.now, observed.date),
    )


def _offers(orchestrator: Orchestrator, decision: Decision) -> dict[str, Offer]:
    external = {pool.name for pool in orchestrator.spec.pools if pool.scale.is_external}
    return {
        pool.name: Offer(pool.desired, pool.ready)
        for pool in decision.pools
        if pool.name in external
    }


def _built(observed: Observed, facts: Facts, last: Built | None) -> Built:
    orchestrator, states = observed.orchestrator, observed.secrets
    if last is not None and (orchestrator, facts, states) == (
        last.orchestrator,
        last.facts,
        last.secrets,
    ):
        return last
    bodies = [*secrets.build(orchestrator, states=states), *build(orchestrator, facts=facts)]
    return Built(orchestrator, facts, dict(states), tuple(Wanted.of(body) for body in bodies))


def _facts(observed: Observed, decision: Decision) -> Facts:
    hashes = {name: secrets.content_hash(state) for name, state in observed.secrets.items()}
    return Facts(
        replicas=decision.replicas,
        secret_hashes=hashes,
        image=observed.image,
        pinned_image=pinned(
            observed.status.get("image"),
            observed_generation=int(observed.status.get("observedGeneration") or 0),
            generation=observed.orchestrator.metadata.generation,
        ),
        operator=observed.peer,
    )


def _status(
    observed: Observed, decision: Decision, shown: DecisionStatus | None, image: str
) -> dict[str, Any]:
    orchestrator = observed.orchestrator
    node, queue, pools = parts(orchestrator, observed.sighted)
    verdicts = checks.conditions(
        checks.Observed(
            paused=orchestrator.spec.paused,
            node=node,
            queue=queue,
            pools=pools,
            external_queue=orchestrator.spec.queue.external is not None,
            load_age_seconds=observed.load.age_seconds,
            at_max=_full(orchestrator, decision),
            stuck=tuple((pool.name, pool.stuck) for pool in decision.pools if pool.stuck),
            unaffordable=_unaffordable(orchestrator, decision),
            devices=observed.load.devices,
            failure=observed.failure,
        )
    )
    report = Report(
        generation=orchestrator.metadata.generation,
        verdicts=verdicts,
        image=image,
        node=node,
        pools=decision.pools,
        load=observed.load,
        decision=shown,
    )
    return compose(report, observed.status, now=observed.date)


def _full(orchestrator: Orchestrator, decision: Decision) -> tuple[str, ...]:
    """The pools that need more than their maximum."""
    return tuple(
        names.pool_name(orchestrator.name, pool.name)
        for pool in decision.pools
        if pool.need > pool.desired and pool.bound is not Bound.BUDGET
    )


def _unaffordable(orchestrator: Orchestrator, decision: Decision) -> str:
    """What the budget leaves undone, as a person reads it; "" where it is no limit."""
    unserved = decision.terms.unserved_segments_per_second
    if not unserved or all(pool.bound is not Bound.BUDGET for pool in decision.pools):
        return ""
    return (
        f"a budget of {orchestrator.spec.budget_usd_per_hour} an hour leaves {unserved:.1f} "
        "segments a second unserved: raise spec.budgetUsdPerHour"
    )
