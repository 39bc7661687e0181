"""From sighted objects and load to the values that the pure decisions take. Pure as well."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from podium_operator import checks
from podium_operator.api import names
from podium_operator.api.pools import Pool
from podium_operator.api.v1alpha1 import Orchestrator
from podium_operator.kube.client import Body
from podium_operator.load import LoadView
from podium_operator.queue_link import Capacity
from podium_operator.scaling import Decision, Inputs, PoolState
from podium_operator.sightings import Child, Sighted

__all__ = ["capacities", "is_ready", "parts", "scaling_inputs", "trouble_of"]

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


def scaling_inputs(
    orchestrator: Orchestrator,
    sighted: Sighted,
    load: LoadView,
    *,
    now: float,
    replicas: Mapping[str, int],
) -> Inputs:
    """Put pools as they are beside the load as it is; `replicas` is what was decided last."""
    return Inputs(
        now=now,
        sample_age_seconds=load.age_seconds,
        demand=load.demand,
        pools=tuple(
            replace(state, current=replicas.get(state.name, state.current))
            for state in (
                _pool_state(orchestrator.name, pool, sighted, load)
                for pool in orchestrator.spec.pools
            )
        ),
        refused=load.refused,
        oldest_wait_seconds=load.oldest_wait_seconds,
    )


def capacities(
    orchestrator: Orchestrator, decision: Decision, startup_seconds: Mapping[str, float]
) -> tuple[Capacity, ...]:
    """Return what nodes may count on: contract 4."""
    decided = {pool.name: pool for pool in decision.pools}
    return tuple(
        Capacity(
            name=pool.name,
            slots_per_pod=pool.slots,
            ready_pods=decided[pool.name].ready,
            desired_pods=decided[pool.name].desired,
            max_pods=pool.scale.ceiling,
            startup_seconds=startup_seconds[pool.name],
        )
        for pool in orchestrator.spec.pools
        if pool.name in decided
    )


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


def _pool_state(name: str, pool: Pool, sighted: Sighted, load: LoadView) -> PoolState:
    child = sighted.children.get(("Deployment", names.pool_name(name, pool.name)))
    pods = _pods(sighted, names.Component.TRANSCODER, pool.name)
    ready = sum(is_ready(pod) for pod in pods)
    return PoolState(
        name=pool.name,
        minimum=pool.scale.min,
        maximum=pool.scale.ceiling,
        slots=pool.slots,
        target_backlog_seconds=pool.scale.target_backlog_seconds,
        in_window_seconds=pool.scale.in_window_seconds,
        current=child.replicas if child else 0,
        ready=ready,
        pending=sum(_is_pending(pod) for pod in pods),
        service=load.service.get(pool.name, {}),
    )


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
