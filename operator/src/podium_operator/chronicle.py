"""What an Orchestrator's keeper tells the world: status, Events, gauges."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from podium_operator.departures import Departure, Departures
from podium_operator.devices import DeviceState, turns
from podium_operator.kube.client import Body
from podium_operator.load import LoadView
from podium_operator.notices import Notice
from podium_operator.reporting import is_due, status_object, without_chain
from podium_operator.scaling import Decision
from podium_operator.surroundings import Surroundings

__all__ = ["Chronicle"]

log = logging.getLogger(__name__)
_TOLD_ELSEWHERE = {"Progressing", "DevicesHealthy"}  # by nobody, and device by device


class Chronicle:
    """Writes status when it is worth it, and posts Events on changes a person cares about."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._written_at = float("-inf")

    async def show(self, body: Body, status: Mapping[str, Any]) -> Body | None:
        """Write the status if it is due; returns the object as it is then."""
        shown, now = without_chain(body.get("status") or {}), self._around.clock()
        if not is_due(status, shown, seconds_since_write=now - self._written_at):
            return None
        answer = await self._around.kube.apply_status(status_object(body, status))
        self._written_at = now
        self._around.metrics.writes.labels("Orchestrator", "status").inc()
        await self._tell_turns(body, shown, status)
        return answer

    async def decided(self, body: Body, decision: Decision) -> None:
        """Tell of a scaling decision that changes a pool."""
        changed = [pool for pool in decision.pools if pool.current != pool.desired]
        log.info(
            "decided", extra={**_fields(body), "id": decision.decision_id, "text": decision.text}
        )
        external = _external_pools(body)
        for reason, is_external in (("Scaled", False), ("Offered", True)):
            moves = [
                f"{pool.name} {pool.current} -> {pool.desired}"
                for pool in changed
                if (pool.name in external) is is_external
            ]
            if moves:
                note = ("Normal", reason, f"{', '.join(moves)}: {decision.text}")
                await self._around.recorder.tell(body, note, action="Scale")

    async def pool_removed(self, body: Body, deployment: str) -> None:
        note = ("Normal", "PoolRemoved", f"deleted {deployment}: the spec does not name it")
        await self._around.recorder.tell(body, note, action="Prune")

    async def sent_off(self, body: Body, departures: Departures) -> None:
        """Tell, machine by machine, which pods leave it ahead of its end, and which cannot."""
        going: dict[Notice, list[Departure]] = {}
        for one in departures.leaving:
            going.setdefault(one.notice, []).append(one)
        for notice, leaving in going.items():
            pods = ", ".join(one.pod for one in leaving)
            count = f"{len(leaving)} pod{'' if len(leaving) == 1 else 's'}"
            text = f"{notice.machine} is to be taken ({notice.mark}): {count} leave it now: {pods}"
            log.info("leaving a machine", extra={**_fields(body), "text": text})
            note = ("Normal", "MachineLeaves", text)
            await self._around.recorder.tell(body, note, action="SendOff")
        for notice in departures.stranded:
            text = (
                f"{notice.machine} is to be taken ({notice.mark}), and no other machine takes pods:"
                " they stay on it. Take the mark away, or add a machine"
            )
            await self._around.recorder.tell(body, ("Warning", "NoMachineLeft", text))

    async def devices_turned(self, body: Body, devices: Iterable[DeviceState]) -> None:
        """Tell of devices that failed or came back since the status that `body` shows."""
        for note in turns(body.get("status") or {}, devices):
            await self._around.recorder.tell(body, note, action="Watch")

    def measure(
        self,
        body: Body,
        status: Mapping[str, Any],
        load: LoadView,
        startup_seconds: Mapping[str, float],
    ) -> None:
        """Set the gauges."""
        metrics, meta = self._around.metrics, body["metadata"]
        key = (meta["namespace"], meta["name"])
        for condition in status["conditions"]:
            metrics.condition.labels(*key, condition["type"]).set(condition["status"] == "True")
        metrics.sessions.labels(*key).set(load.sessions)
        metrics.max_sessions.labels(*key).set(load.max_sessions)
        metrics.streams.labels(*key).set(sum(demand.streams for demand in load.demand))
        metrics.backlog.labels(*key).set(load.backlog_seconds)
        if load.age_seconds is None:
            metrics.load_age.remove_by_labels({"namespace": key[0], "name": key[1]})
        else:
            metrics.load_age.labels(*key).set(load.age_seconds)
        for pool in status["pools"]:
            metrics.pool_ready.labels(*key, pool["name"]).set(pool["ready"])
            metrics.pool_desired.labels(*key, pool["name"]).set(pool["desired"])
            metrics.pool_busy.labels(*key, pool["name"]).set(pool["busy"])
            metrics.pool_startup.labels(*key, pool["name"]).set(startup_seconds[pool["name"]])

    async def _tell_turns(
        self, body: Body, shown: Mapping[str, Any], status: Mapping[str, Any]
    ) -> None:
        before = {one["type"]: one for one in shown.get("conditions") or ()}
        for condition in status["conditions"]:
            last = before.get(condition["type"])
            was = (last["status"], last["reason"]) if last else ("False", None)
            if condition["type"] in _TOLD_ELSEWHERE or (
                was[0] == condition["status"]
                and (condition["status"] != "True" or was[1] == condition["reason"])
            ):
                continue
            await self._around.recorder.tell(body, _turn(condition))


def _fields(body: Body) -> dict[str, str]:
    meta = body["metadata"]
    return {"orchestrator": meta["name"], "namespace": meta["namespace"]}


def _external_pools(body: Body) -> set[str]:
    """Return the pools whose number somebody else sets: what is decided there is an offer."""
    pools = body["spec"].get("pools") or ()
    return {one["name"] for one in pools if (one.get("scale") or {}).get("mode") == "External"}


def _turn(condition: Mapping[str, Any]) -> tuple[str, str, str]:
    kind, is_true = condition["type"], condition["status"] == "True"
    is_bad = is_true if kind == "Degraded" else not is_true and kind == "Ready"
    reason = condition["reason"] if is_true else f"Not{kind}"
    text = f"{kind} is {condition['status']} ({condition['reason']}): {condition['message']}"
    return ("Warning" if is_bad else "Normal", reason, text)
