"""What the page shows of one Orchestrator, made of what its keeper knows. Pure.

Only what is written here leaves: no spec is passed on whole, since one may name secrets.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from podium_operator.api import names
from podium_operator.live.history import Sample
from podium_operator.live.nowork import reasons
from podium_operator.load import LoadView

__all__ = ["Known", "card", "details", "sample"]


@dataclass(frozen=True, slots=True)
class Known:
    """What a keeper knows after a pass: `pods` by name, `status` as decided, if not yet written."""

    body: Mapping[str, Any]
    status: Mapping[str, Any]
    load: LoadView
    pods: Mapping[str, Mapping[str, Any]]


def sample(known: Known, *, at: float) -> Sample:
    """Take the moment's numbers; `at` in seconds of the epoch."""
    load, pools = known.load, known.status.get("pools") or ()
    return Sample(
        at=at,
        streams=_streams(load),
        sessions=load.sessions,
        busy=sum(load.busy.values()),
        slots=sum(load.slots.values()),
        ready=sum(int(pool["ready"]) for pool in pools),
        desired=sum(int(pool["desired"]) for pool in pools),
        waiting_seconds=load.backlog_seconds,
        late=load.late or 0,
        answered=load.answered or 0,
    )


def card(known: Known, *, at: float) -> dict[str, Any]:
    """Return its line in the fleet."""
    meta, now = known.body["metadata"], sample(known, at=at)
    ready = _condition(known.status, "Ready")
    return {
        "namespace": meta["namespace"],
        "name": meta["name"],
        "ready": ready.get("status") or "Unknown",
        "reason": ready.get("reason") or "",
        "why": _why(known.status, ready),
        "streams": now.streams,
        "sessions": now.sessions,
        "maxSessions": known.load.max_sessions,
        "busy": now.busy,
        "slots": now.slots,
        "readyPods": now.ready,
        "desiredPods": now.desired,
        "waitingSeconds": round(now.waiting_seconds, 1),
        "latePercent": round(100 * now.late / now.answered, 2) if now.answered else None,
        "ageSeconds": known.load.age_seconds and round(known.load.age_seconds, 1),
        "rewards": list((known.status.get("chain") or {}).get("recentRewards") or ()),
    }


def details(known: Known, *, at: float) -> dict[str, Any]:
    """Return everything the page shows of one Orchestrator, but its history."""
    status, load = known.status, known.load
    return {
        **card(known, at=at),
        "conditions": list(status.get("conditions") or ()),
        "classes": [
            {
                "class": one.load_class,
                "streams": round(one.streams),
                "segmentSeconds": one.segment_seconds,
            }
            for one in load.demand
        ],
        "oldestWaitSeconds": round(load.oldest_wait_seconds, 1),
        "refused": load.refused,
        "pools": list(_pools(known)),
        "decision": status.get("decision"),
        "recentDecisions": list(status.get("recentDecisions") or ()),
        "noWork": [asdict(one) for one in reasons(known.body["spec"], status)],
        "chain": status.get("chain"),
    }


def _streams(load: LoadView) -> int:
    return round(sum(one.streams for one in load.demand))


def _why(status: Mapping[str, Any], ready: Mapping[str, Any]) -> str:
    if ready.get("status") == "True" and ready.get("reason") == "Ready":
        return str((status.get("decision") or {}).get("text") or "")
    return str(ready.get("message") or "")


def _pools(known: Known) -> Iterator[dict[str, Any]]:
    live = {pool["name"]: pool for pool in known.status.get("pools") or ()}
    for pool in known.body["spec"].get("pools") or ():
        scale = pool.get("scale") or {}
        yield {
            **live.get(pool["name"], {"name": pool["name"]}),
            "hardware": (pool.get("hardware") or {}).get("type"),
            "role": scale.get("role") or "base",
            "costUsdPerHour": scale.get("costUsdPerHour"),
            "pods": sorted(_pods(known, pool["name"]), key=lambda pod: str(pod["name"])),
        }


def _pods(known: Known, pool: str) -> Iterator[dict[str, Any]]:
    for pod in known.pods.values():
        meta, status = pod["metadata"], pod.get("status") or {}
        if (meta.get("labels") or {}).get(names.POOL_LABEL) != pool:
            continue
        yield {
            "name": meta["name"],
            "since": meta.get("creationTimestamp"),
            "node": (pod.get("spec") or {}).get("nodeName"),
            "state": _state(meta, status),
        }


def _state(meta: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    if "deletionTimestamp" in meta:
        return "draining"
    conditions = status.get("conditions") or ()
    if any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions):
        return "ready"
    for container in status.get("containerStatuses") or ():
        waiting = (container.get("state") or {}).get("waiting") or {}
        if waiting.get("reason"):
            return str(waiting["reason"])
    return str(status.get("phase") or "Pending")


def _condition(status: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    found = (one for one in status.get("conditions") or () if one.get("type") == kind)
    return next(found, {})
