"""From sighted objects and load to the values that the pure decisions take. Pure as well."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from podium_operator import checks
from podium_operator.api import names
from podium_operator.api.pools import Pool
from podium_operator.api.schedules import floor_of
from podium_operator.api.v1alpha1 import Orchestrator
from podium_operator.departures import Part
from podium_operator.kube.client import Body
from podium_operator.load import LoadView
from podium_operator.queue_link import Capacity
from podium_operator.scaling import Decision, Inputs, PoolState, Role
from podium_operator.sightings import Child, Sighted
from podium_operator.startup import seconds_left

__all__ = [
    "Moment",
    "capacities",
    "granted_to",
    "is_ready",
    "parts",
    "parts_with_pods",
    "scaling_inputs",
    "speed_of",
    "trouble_of",
]

# Waiting reasons that do not go away by waiting.
_TROUBLES = {
    "CrashLoopBackOff",
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImageNeverPull",
    "InvalidImageName",
    "RunContainerError",
}
_PULLING = {"ErrImagePull", "ImagePullBackOff"}
# A pod that takes longer than this, and than others do by so much, does not come any more.
_LEAST_STUCK_SECONDS = 120.0
_STUCK_FACTOR = 1.5


@dataclass(frozen=True, slots=True)
class Moment:
    """What pools depend on beside their objects and the load.

    now: the window's clock; date: the calendar's. startup_seconds: learned, per pool. replicas:
    what was decided last.
    """

    now: float
    date: datetime
    startup_seconds: Mapping[str, float]
    replicas: Mapping[str, int]


def scaling_inputs(
    orchestrator: Orchestrator, sighted: Sighted, load: LoadView, *, moment: Moment
) -> Inputs:
    """Put pools as they are beside the load as it is."""
    first = orchestrator.spec.pools[0].name
    return Inputs(
        now=moment.now,
        sources=load.sources,
        demand=load.demand,
        pools=tuple(
            replace(
                _pool_state(orchestrator.name, pool, sighted, moment),
                slots=min(pool.slots, load.slots_per_pod.get(pool.name, pool.slots)),
                speed=speed_of(load, pool.name, reference=first),
                service=load.service.get(pool.name, {}),
                canary=load.canary.get(pool.name, {}),
            )
            for pool in orchestrator.spec.pools
        ),
        refused=load.refused,
        oldest_wait_seconds=load.oldest_wait_seconds,
        segments=load.segments,
        answered=load.answered,
        late=load.late,
        budget_per_hour=_dollars(orchestrator.spec.budget_usd_per_hour),
        busy_slot_seconds=load.busy_slot_seconds,
        predicted_slot_seconds=load.predicted_slot_seconds,
    )


def speed_of(load: LoadView, pool: str, *, reference: str) -> float:
    """How much faster a slot is than the reference pool's, over the classes that both measured.

    By the start-up tests where no class is common; 1 where nothing can be compared.
    """
    for costs in (_measured_costs(load), _tested_costs(load)):
        own, other = costs.get(pool, {}), costs.get(reference, {})
        ratios = [other[name] / own[name] for name in own.keys() & other.keys() if own[name] > 0]
        if ratios:
            return sum(ratios) / len(ratios)
    return 1.0


def capacities(
    orchestrator: Orchestrator,
    decision: Decision,
    startup_seconds: Mapping[str, float],
    *,
    granted: Mapping[str, int],
) -> tuple[Capacity, ...]:
    """Return what nodes may count on: contract 4. `granted`: what others gave external pools."""
    decided = {pool.name: pool for pool in decision.pools}
    return tuple(
        Capacity(
            name=pool.name,
            slots_per_pod=pool.slots,
            ready_pods=decided[pool.name].ready,
            desired_pods=granted.get(pool.name, decided[pool.name].desired),
            max_pods=granted.get(pool.name, pool.scale.ceiling),
            startup_seconds=startup_seconds[pool.name],
        )
        for pool in orchestrator.spec.pools
        if pool.name in decided
    )


def granted_to(orchestrator: Orchestrator, sighted: Sighted) -> dict[str, int]:
    """Return how many pods somebody else has asked for, by external pool."""
    keys = {
        pool.name: ("Deployment", names.pool_name(orchestrator.name, pool.name))
        for pool in orchestrator.spec.pools
        if pool.scale.is_external
    }
    return {
        pool: sighted.children[key].replicas
        for pool, key in keys.items()
        if key in sighted.children
    }


def parts(
    orchestrator: Orchestrator, sighted: Sighted
) -> tuple[checks.PartState | None, checks.PartState | None, tuple[checks.PartState, ...]]:
    """Return the state of the node, the queue and the pools, None for what was not seen yet."""
    name, children = orchestrator.name, sighted.children
    node = children.get(("StatefulSet", names.node_name(name)))
    queue = children.get(("StatefulSet", names.queue_name(name)))
    embedded = orchestrator.spec.queue.embedded_replicas
    pools = []
    for pool in orchestrator.spec.pools:
        child = children.get(("Deployment", names.pool_name(name, pool.name)))
        pods = _pods(sighted, names.Component.TRANSCODER, pool.name)
        if child is not None:
            pools.append(_part(child, pods, minimum=pool.scale.min))
    return (
        _part(node, _pods(sighted, names.Component.NODE)) if node else None,
        _part(queue, _pods(sighted, names.Component.QUEUE), minimum=embedded // 2 + 1)
        if queue
        else None,
        tuple(pools),
    )


def parts_with_pods(orchestrator: Orchestrator, sighted: Sighted) -> Iterator[Part]:
    """Yield the nodes and each pool with their pods; the queue's servers move by themselves."""
    node, transcoder = names.Component.NODE, names.Component.TRANSCODER
    child = sighted.children.get(("StatefulSet", names.node_name(orchestrator.name)))
    if child is not None:
        yield Part(child.key[1], node, child.replicas, tuple(_pods(sighted, node)))
    for pool in orchestrator.spec.pools:
        child = sighted.children.get(("Deployment", names.pool_name(orchestrator.name, pool.name)))
        if child is not None:
            pods = tuple(_pods(sighted, transcoder, pool.name))
            yield Part(child.key[1], transcoder, child.replicas, pods)


def trouble_of(pods: Iterable[Mapping[str, Any]]) -> str:
    """Return the first reason why a pod does not start, as a person reads it; "" for none."""
    for pod in pods:
        status = pod["status"]
        for container in (
            *(status.get("initContainerStatuses") or ()),
            *(status.get("containerStatuses") or ()),
        ):
            waiting = (container.get("state") or {}).get("waiting") or {}
            if waiting.get("reason") in _PULLING:
                # The kubelet alternates between these two: one sentence for both, or the status
                # would be written every time.
                return f"ImagePullBackOff: {container.get('image', 'the image')} cannot be pulled"
            if waiting.get("reason") in _TROUBLES:
                return _sentence(waiting)
        for condition in status.get("conditions") or ():
            if condition["type"] == "PodScheduled" and condition.get("reason") == "Unschedulable":
                return _sentence(condition)
    return ""


def is_ready(pod: Mapping[str, Any]) -> bool:
    """Whether the pod serves: ready, and not on its way out."""
    return "deletionTimestamp" not in pod["metadata"] and any(
        condition["type"] == "Ready" and condition["status"] == "True"
        for condition in pod["status"].get("conditions") or ()
    )


def _pool_state(name: str, pool: Pool, sighted: Sighted, moment: Moment) -> PoolState:
    child = sighted.children.get(("Deployment", names.pool_name(name, pool.name)))
    pods = _pods(sighted, names.Component.TRANSCODER, pool.name)
    startup = moment.startup_seconds.get(pool.name, pool.scale.startup_seconds)
    ages = [(_age_seconds(pod, moment.date), pod) for pod in pods if _is_pending(pod)]
    stuck = sum(_is_stuck(pod, age, startup) for age, pod in ages)
    etas = sorted(
        seconds_left(age, startup) for age, pod in ages if not _is_stuck(pod, age, startup)
    )
    return PoolState(
        name=pool.name,
        minimum=pool.scale.min,
        maximum=pool.scale.ceiling,
        slots=pool.slots,
        target_backlog_seconds=pool.scale.target_backlog_seconds,
        in_window_seconds=pool.scale.in_window_seconds,
        startup_seconds=startup,
        role=Role(pool.scale.role),
        floor=floor_of(pool.scale.schedules, moment.date),
        cost_per_hour=_dollars(pool.scale.cost_usd_per_hour),
        standby_cost_per_hour=_dollars(pool.scale.standby_usd_per_hour) or 0.0,
        surge_percent=pool.scale.surge_percent,
        streams_per_pod=pool.scale.streams_per_pod,
        current=moment.replicas.get(pool.name, child.replicas if child else 0),
        ready=sum(is_ready(pod) for pod in pods),
        pending_etas=tuple(round(eta, 1) for eta in etas),
        stuck=stuck,
    )


def _dollars(price: str | None) -> float | None:
    return None if price is None else float(price)


def _measured_costs(load: LoadView) -> dict[str, dict[str, float]]:
    return {
        pool: {name: one.mean_seconds for name, one in services.items()}
        for pool, services in load.service.items()
    }


def _tested_costs(load: LoadView) -> dict[str, dict[str, float]]:
    return {
        pool: {name: one.slot_seconds / one.segment_seconds for name, one in tests.items()}
        for pool, tests in load.canary.items()
    }


def _age_seconds(pod: Mapping[str, Any], date: datetime) -> float:
    created = datetime.fromisoformat(pod["metadata"]["creationTimestamp"])
    return max(0.0, (date - created).total_seconds())


def _is_stuck(pod: Mapping[str, Any], age_seconds: float, startup_seconds: float) -> bool:
    """Whether waiting for it is in vain: it says so itself, or takes far longer than others do."""
    if age_seconds > max(_LEAST_STUCK_SECONDS, _STUCK_FACTOR * startup_seconds):
        return True
    states = (*(pod["status"].get("containerStatuses") or ()),)
    reasons = [((one.get("state") or {}).get("waiting") or {}).get("reason") for one in states]
    return any(reason in _TROUBLES | _PULLING for reason in reasons)


def _is_pending(pod: Mapping[str, Any]) -> bool:
    is_over = pod["status"].get("phase") in {"Failed", "Succeeded"}
    return not is_over and "deletionTimestamp" not in pod["metadata"] and not is_ready(pod)


def _part(child: Child, pods: Iterable[Body], *, minimum: int = 1) -> checks.PartState:
    status = child.status
    return checks.PartState(
        name=child.key[1],
        desired=child.replicas,
        ready=int(status.get("readyReplicas") or 0),
        updated=int(status.get("updatedReplicas") or 0),
        minimum=minimum,
        current=int(status.get("observedGeneration") or 0) >= child.generation,
        trouble=trouble_of(pods),
    )


def _pods(sighted: Sighted, component: names.Component, pool: str | None = None) -> list[Body]:
    wanted = {names.COMPONENT_LABEL: component.value}
    if pool is not None:
        wanted[names.POOL_LABEL] = pool
    return [
        pod
        for pod in sighted.pods.values()
        if wanted.items() <= (pod["metadata"].get("labels") or {}).items()
    ]


def _sentence(said: Mapping[str, Any]) -> str:
    message = " ".join(str(said.get("message") or "").split())
    return f"{said['reason']}: {message}"[:500] if message else str(said["reason"])
