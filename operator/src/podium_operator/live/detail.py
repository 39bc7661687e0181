"""Everything the page shows of one Orchestrator, in parts that are sent when they change. Pure.

Everything is bounded: an Orchestrator with thousands of pods is a list of its first ones, those
that do not serve before those that do.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

from podium_operator.api import names
from podium_operator.live.nowork import Seen, reasons
from podium_operator.live.picture import Known, card

__all__ = ["changed", "decisions", "details"]

_MOST_PODS: Final = 100
_MOST_PAST_INTENTS: Final = 20
_OVER: Final = {"Done", "Failed", "Superseded"}
_NOTHING: Final = object()


def details(known: Known) -> dict[str, Any]:
    """Return all parts but the history and the decisions."""
    load, status = known.load, known.status
    return {
        "card": card(known),
        "classes": [
            {
                "class": one.load_class,
                "streams": round(one.streams),
                "segmentSeconds": round(one.segment_seconds, 2),
                "waitingSlotSeconds": round(one.waiting_slot_seconds, 1),
            }
            for one in load.demand
        ],
        "queue": {
            "waitingSeconds": round(load.backlog_seconds, 1),
            "oldestWaitSeconds": round(load.oldest_wait_seconds, 1),
            "refused": load.refused,
        },
        "pools": list(_pools(known)),
        "others": _listed(pod for pod in _pods(known) if not pod["pool"]),
        "conditions": [dict(one) for one in known.conditions],
        "noWork": [asdict(one) for one in reasons(_seen(known))],
        "image": status.get("image") or "",
        "chain": _chain(known.chain),
    }


def decisions(
    status: Mapping[str, Any], remembered: Iterable[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Return the last decisions, newest first: with every term as far as this process made them."""
    past = {one["id"]: one for one in status.get("recentDecisions") or ()}
    full = {one["id"]: one for one in remembered}
    return [(past | full)[number] for number in sorted(past | full, reverse=True)]


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts that are not what they were."""
    return {name: part for name, part in after.items() if before.get(name, _NOTHING) != part}


def _seen(known: Known) -> Seen:
    return Seen(known.spec, known.conditions, known.load, known.endpoints)


def _pools(known: Known) -> Iterator[dict[str, Any]]:
    live = {pool["name"]: pool for pool in known.status.get("pools") or ()}
    pods = list(_pods(known))
    for pool in known.spec.get("pools") or ():
        name, scale = pool.get("name"), pool.get("scale") or {}
        yield {
            **live.get(name, {"name": name}),
            "hardware": (pool.get("hardware") or {}).get("type"),
            "role": scale.get("role") or "base",
            "mode": scale.get("mode") or "Native",
            "costUsdPerHour": scale.get("costUsdPerHour"),
            "pods": _listed(pod for pod in pods if pod["pool"] == name),
        }


def _listed(pods: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return the first pods, and how many more there are."""
    found = sorted(pods, key=lambda pod: (pod["state"] == "ready", str(pod["name"])))
    return {"shown": found[:_MOST_PODS], "more": max(0, len(found) - _MOST_PODS)}


def _pods(known: Known) -> Iterator[dict[str, Any]]:
    for name, pod in known.pods.items():
        meta, status = pod["metadata"], pod.get("status") or {}
        labels, load = meta.get("labels") or {}, known.load.pods.get(name)
        yield {
            "name": meta["name"],
            "pool": labels.get(names.POOL_LABEL) or "",
            "part": labels.get(names.COMPONENT_LABEL) or "",
            "since": meta.get("creationTimestamp"),
            "node": (pod.get("spec") or {}).get("nodeName"),
            "state": _state(meta, status),
            "busy": load.busy if load else None,
            "slots": load.slots if load else None,
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


def _chain(chain: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the chain's status, with what is over parted from what is still to come."""
    if chain is None:
        return None
    intents = chain.get("intents") or ()
    over = [one for one in intents if one.get("state") in _OVER]
    return {
        **{name: value for name, value in chain.items() if name != "intents"},
        "open": [one for one in intents if one.get("state") not in _OVER],
        "over": over[-_MOST_PAST_INTENTS:][::-1],
    }
