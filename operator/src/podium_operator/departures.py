"""Which pods leave a machine before it is taken: pure, and never all of a part at once.

A pod that leaves while the notice still runs finishes its segments, and its successor starts on
another machine meanwhile. Three bounds hold where a mark is a mistake or comes and goes: nobody
leaves without a machine to go to; no part goes below half of its pods on duty for it; and a pod
that came after the notice stays, so that no pod leaves the same machine again and again.
docs/decisions/20261121-leaving-ahead-of-a-machine.md has the reasons.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from podium_operator.api import names
from podium_operator.machines import MachinesView
from podium_operator.notices import Notice

__all__ = ["Departure", "Departures", "Noticed", "Part", "plan_departures"]

# Longer than a mark is away that comes and goes; a machine that is taken does not come back.
_REMEMBERED_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Noticed:
    """A machine's notice. seen_at: when it last was.

    pods: uids of those that were on it when it began, or on no machine that is known yet.
    """

    pods: frozenset[str]
    seen_at: float


@dataclass(frozen=True, slots=True)
class Part:
    """Pods that stand in for each other: a pool's, or the nodes. replicas: how many there are."""

    component: names.Component
    replicas: int
    pods: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Departure:
    """One pod that is to leave now, and why."""

    pod: str
    uid: str
    component: names.Component
    notice: Notice


@dataclass(frozen=True, slots=True)
class Departures:
    """Who leaves now, and what the next decision must remember.

    stranded: machines whose pods would leave, if any machine would take them.
    """

    leaving: tuple[Departure, ...] = ()
    stranded: tuple[Notice, ...] = ()
    noticed: Mapping[str, Noticed] = field(default_factory=dict)


def plan_departures(
    parts: Iterable[Part],
    machines: MachinesView,
    noticed: Mapping[str, Noticed],
    *,
    told: Collection[str],
    now: float,
) -> Departures:
    """Decide who leaves. told: uids that were told before; now: monotonic seconds."""
    if not machines.notices and not noticed:
        return Departures()
    parts = tuple(parts)
    known = _remember(noticed, parts, machines, now=now)
    leaving = [one for part in parts for one in _leaving(part, machines, known, told)]
    if not machines.has_open:
        stranded = {one.notice.machine: one.notice for one in leaving}
        return Departures((), tuple(stranded[name] for name in sorted(stranded)), known)
    return Departures(tuple(leaving), (), known)


def _remember(
    noticed: Mapping[str, Noticed], parts: Iterable[Part], machines: MachinesView, *, now: float
) -> dict[str, Noticed]:
    """Keep what is fresh, renew what still holds, and begin with what is new."""
    known = {
        machine: one for machine, one in noticed.items() if now - one.seen_at < _REMEMBERED_SECONDS
    }
    places = {pod["metadata"]["uid"]: _machine(pod) for part in parts for pod in part.pods}
    for machine in machines.notices:
        there = frozenset(uid for uid, place in places.items() if place in {machine, ""})
        known[machine] = Noticed(known[machine].pods if machine in known else there, now)
    return known


def _leaving(
    part: Part, machines: MachinesView, noticed: Mapping[str, Noticed], told: Collection[str]
) -> Iterator[Departure]:
    """Yield those that do not work yet, and of the others as many as half on duty allow."""
    staying = [pod for pod in part.pods if _is_staying(pod, told)]
    spare = sum(_is_ready(pod) for pod in staying) - part.replicas // 2
    for pod in sorted(staying, key=lambda pod: str(pod["metadata"]["name"])):
        machine, meta = _machine(pod), pod["metadata"]
        notice = machines.notices.get(machine)
        if notice is None or meta["uid"] not in noticed[machine].pods:
            continue
        if _is_ready(pod):
            if spare <= 0:
                continue
            spare -= 1
        yield Departure(meta["name"], meta["uid"], part.component, notice)


def _machine(pod: Mapping[str, Any]) -> str:
    return str(pod["spec"].get("nodeName") or "")


def _is_staying(pod: Mapping[str, Any], told: Collection[str]) -> bool:
    meta, phase = pod["metadata"], pod["status"].get("phase")
    is_over = phase in {"Failed", "Succeeded"}
    return not is_over and "deletionTimestamp" not in meta and meta["uid"] not in told


def _is_ready(pod: Mapping[str, Any]) -> bool:
    return any(
        one["type"] == "Ready" and one["status"] == "True"
        for one in pod["status"].get("conditions") or ()
    )
