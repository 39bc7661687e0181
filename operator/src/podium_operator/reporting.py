"""The status of one Orchestrator: composed purely, and written only when that is worth a write."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from podium_operator import checks
from podium_operator.api import names
from podium_operator.api.conditions import CHAIN_CONDITIONS, Condition, merge
from podium_operator.api.status import (
    ConditionStatus,
    DecisionStatus,
    FailedDeviceStatus,
    OrchestratorStatus,
    PoolStatus,
    summarise,
    with_recent,
)
from podium_operator.devices import failed_in
from podium_operator.kube.client import Body
from podium_operator.load import LoadView
from podium_operator.scaling import PoolDecision

__all__ = [
    "LIVE_SECONDS",
    "Report",
    "compose",
    "is_due",
    "status_object",
    "timestamp",
    "without_chain",
]

LIVE_SECONDS = 5.0  # numbers that move with the load are written at most this often


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a status says, beside the time."""

    generation: int
    verdicts: tuple[Condition, ...]
    image: str
    node: checks.PartState | None
    pools: tuple[PoolDecision, ...]
    load: LoadView
    decision: DecisionStatus | None


def compose(report: Report, existing: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """Return the status to show; `existing` keeps the dates of conditions that did not turn."""
    dated = merge(
        existing.get("conditions") or (),
        report.verdicts,
        generation=report.generation,
        now=timestamp(now),
    )
    pools = [_pool_status(pool, report.load) for pool in report.pools]
    node, load = report.node, report.load
    status = OrchestratorStatus(
        observed_generation=report.generation,
        conditions=[ConditionStatus.model_validate(condition) for condition in dated],
        image=report.image or None,
        summary=summarise(
            pools,
            nodes=(node.ready, node.desired) if node else (0, 0),
            sessions=(load.sessions, load.max_sessions),
            backlog_seconds=None if load.age_seconds is None else load.backlog_seconds,
        ),
        pools=pools,
        sessions=load.sessions,
        max_sessions=load.max_sessions,
        backlog_seconds=round(load.backlog_seconds, 1),
        decision=report.decision,
        recent_decisions=with_recent(existing.get("recentDecisions") or (), report.decision),
    )
    return status.model_dump(mode="json", by_alias=True, exclude_none=True)


def is_due(
    status: Mapping[str, Any], shown: Mapping[str, Any], *, seconds_since_write: float
) -> bool:
    """Whether to write: at once for what matters, every few seconds for numbers that only move."""
    if status == shown:
        return False
    return seconds_since_write >= LIVE_SECONDS or _lasting(status) != _lasting(shown)


def without_chain(status: Mapping[str, Any]) -> dict[str, Any]:
    """Return a status without what the chain's keeper writes there by itself."""
    rest = {name: value for name, value in status.items() if name != "chain"}
    if "conditions" in rest:
        rest["conditions"] = [
            one for one in rest["conditions"] if one.get("type") not in CHAIN_CONDITIONS
        ]
    return rest


def status_object(body: Body, status: Mapping[str, Any]) -> Body:
    """Wrap a status for server-side apply."""
    meta = body["metadata"]
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.KIND,
        "metadata": {"namespace": meta["namespace"], "name": meta["name"]},
        "status": dict(status),
    }


def timestamp(moment: datetime) -> str:
    """Write a time as Kubernetes does: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _pool_status(pool: PoolDecision, load: LoadView) -> PoolStatus:
    return PoolStatus(
        name=pool.name,
        desired=pool.desired,
        ready=pool.ready,
        pending=pool.pending,
        stuck=pool.stuck,
        busy=load.busy.get(pool.name, 0),
        slots=load.slots.get(pool.name, 0),
        failed_devices=[
            FailedDeviceStatus(pod=device.pod, device=device.name, reason=device.failed)
            for device in failed_in(pool.name, load.devices)
        ],
    )


def _lasting(status: Mapping[str, Any]) -> dict[str, Any]:
    """Return the status without the numbers that move with every segment."""
    lasting = deepcopy(dict(status))
    for name in ("sessions", "maxSessions", "backlogSeconds"):
        lasting.pop(name, None)
    _drop(lasting.get("summary"), ("sessions", "backlog"))
    for pool in lasting.get("pools") or ():
        _drop(pool, ("busy", "slots"))
        for device in pool.get("failedDevices") or ():
            _drop(device, ("reason",))
    for condition in lasting.get("conditions") or ():
        _drop(condition, ("message",))  # may carry an age or a count
    return lasting


def _drop(mapping: dict[str, Any] | None, keys: Iterable[str]) -> None:
    for key in keys:
        (mapping or {}).pop(key, None)
