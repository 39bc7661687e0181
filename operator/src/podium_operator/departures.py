"""Which pods leave a machine before it is taken: pure, and never all of a part at once.

A pod that leaves while the notice still runs finishes its segments, and its successor starts on
another machine meanwhile. Three bounds hold where a mark is a mistake or comes and goes: nobody
leaves without a machine to go to; no part goes below half of its pods on duty for it; and a pod
that came after the notice stays, so that no pod leaves the same machine again and again. When a pod
came is what its own date says: a watch may show it later than the notice that it was there before.
docs/decisions/20261121-leaving-ahead-of-a-machine.md has the reasons.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from podium_operator.api import names
from podium_operator.machines import MachinesView
from podium_operator.notices import Notice

__all__ = ["Departure", "Departures", "Instant", "Noticed", "Part", "plan_departures"]

# Longer than a mark is away that comes and goes; a machine that is taken does not come back.
_REMEMBERED_SECONDS: Final = 600.0
# Longer than a watch is late; clocks apart lead pods in a circle no longer than that.
_SHOWN_LATE_SECONDS: Final = 60.0
# The API server tells the dates of pods in whole ones.
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment. now: monotonic seconds; date: the calendar's, which pods are dated by."""

    now: float
    date: datetime


@dataclass(frozen=True, slots=True)
class Noticed:
    """A machine's notice. seen_at: when it last was; began: when it first was.

    pods: uids of those that were on it when it began, or on no machine that is known yet. sent:
    the parts of which somebody left because of it, so that successors may be there.
    """

    pods: frozenset[str]
    seen_at: float
    began: Instant
    sent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Part:
    """Pods that stand in for each other: a pool's, or the nodes. replicas: how many there are."""

    name: str
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
    at: Instant,
) -> Departures:
    """Decide who leaves. told: uids that were told before."""
    if not machines.notices and not noticed:
        return Departures()
    parts = tuple(parts)
    known = _remember(noticed, parts, machines, at)
    leaving = [(part, one) for part in parts for one in _leaving(part, machines, known, told)]
    if not machines.has_open:
        stranded = {one.notice.machine: one.notice for _, one in leaving}
        return Departures((), tuple(stranded[name] for name in sorted(stranded)), known)
    for part, one in leaving:
        notice = known[one.notice.machine]
        known[one.notice.machine] = replace(notice, sent=notice.sent | {part.name})
    return Departures(tuple(one for _, one in leaving), (), known)


def _remember(
    noticed: Mapping[str, Noticed], parts: Iterable[Part], machines: MachinesView, at: Instant
) -> dict[str, Noticed]:
    """Keep what is fresh, renew what still holds, and begin with what is new."""
    known = {
        machine: one
        for machine, one in noticed.items()
        if at.now - one.seen_at < _REMEMBERED_SECONDS
    }
    pods = [(part, pod) for part in parts for pod in part.pods]
    for machine in machines.notices:
        one = known.get(machine)
        there = {
            pod["metadata"]["uid"]
            for part, pod in pods
            if _machine(pod) in {machine, ""} and (one is None or _is_older(pod, part, one, at))
        }
        one = one or Noticed(frozenset(), at.now, at)
        known[machine] = replace(one, pods=one.pods | there, seen_at=at.now)
    return known


def _is_older(pod: Mapping[str, Any], part: Part, noticed: Noticed, at: Instant) -> bool:
    """Whether a pod was there before the notice, though the watch shows it only now.

    Of the notice's own second are those that nobody left for.
    """
    created = pod["metadata"].get("creationTimestamp")
    if created is None or at.now - noticed.began.now >= _SHOWN_LATE_SECONDS:
        return False
    doubt = _SECOND if part.name in noticed.sent else timedelta()
    return datetime.fromisoformat(created) <= noticed.began.date - doubt


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
