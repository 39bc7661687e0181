"""What an Orchestrator's object tells of how it stands, in rows for tables. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["CONDITION_HEADS", "FLEET_HEADS", "POOL_HEADS", "Standing", "standing"]

FLEET_HEADS: Final = ("NAMESPACE", "NAME", "NODES", "PODS", "SESSIONS", "BACKLOG", "READY", "WHY")
POOL_HEADS: Final = ("POOL", "HARDWARE", "READY", "STARTING", "DESIRED", "BUSY", "BOUND", "FAILED")
CONDITION_HEADS: Final = ("CONDITION", "STATUS", "SINCE", "WHY")


@dataclass(frozen=True, slots=True)
class Standing:
    """One Orchestrator, as its status last told."""

    namespace: str
    name: str
    spec: Mapping[str, Any]
    status: Mapping[str, Any]

    @property
    def ready(self) -> str:
        """Return the verdict of the condition Ready: True, False or Unknown."""
        return str(self._condition("Ready").get("status") or "Unknown")

    @property
    def row(self) -> tuple[str, ...]:
        """Its line in the fleet's table, for `FLEET_HEADS` without READY and WHY."""
        shown = self.status.get("summary") or {}
        columns = (shown.get(key) or "-" for key in ("nodes", "pods", "sessions", "backlog"))
        return (self.namespace, self.name, *columns)

    @property
    def why(self) -> str:
        """What stands in the way of Ready; the last scaling decision where nothing does."""
        if not self.status:
            return "no operator has looked at it yet: `podium doctor` says why"
        ready = self._condition("Ready")
        if self.ready != "True" or ready.get("reason") not in {"Ready", None}:
            return f"{ready.get('reason') or 'Unknown'}: {ready.get('message') or 'no message'}"
        return str((self.status.get("decision") or {}).get("text") or "")

    def conditions(self) -> Iterator[tuple[str, str, str, str]]:
        """Its conditions, for `CONDITION_HEADS`."""
        for one in self.status.get("conditions") or ():
            why = ": ".join(part for part in (one.get("reason"), one.get("message")) if part)
            since = str(one.get("lastTransitionTime") or "")
            yield str(one.get("type")), str(one.get("status")), since, why

    def pools(self) -> Iterator[tuple[str, ...]]:
        """Its pools, for `POOL_HEADS`."""
        shown = {pool.get("name"): pool for pool in self.status.get("pools") or ()}
        decided = {
            pool.get("name"): pool
            for pool in (self.status.get("decision") or {}).get("pools") or ()
        }
        for pool in self.spec.get("pools") or ():
            name = pool.get("name")
            live, bound = shown.get(name, {}), decided.get(name, {}).get("bound") or "-"
            yield (
                str(name),
                str((pool.get("hardware") or {}).get("type") or "-"),
                str(live.get("ready", 0)),
                _starting(live),
                str(live.get("desired", "-")),
                f"{live.get('busy', 0)}/{live.get('slots', 0)}",
                str(bound),
                ", ".join(_failed(one) for one in live.get("failedDevices") or ()) or "-",
            )

    def _condition(self, wanted: str) -> Mapping[str, Any]:
        found = (one for one in self.status.get("conditions") or () if one.get("type") == wanted)
        return next(found, {})


def standing(body: Mapping[str, Any]) -> Standing:
    """Read an Orchestrator's object."""
    meta = body["metadata"]
    spec, status = body.get("spec") or {}, body.get("status") or {}
    return Standing(str(meta.get("namespace") or ""), str(meta["name"]), spec, status)


def _starting(pool: Mapping[str, Any]) -> str:
    stuck = pool.get("stuck", 0)
    return f"{pool.get('pending', 0)}" + (f" ({stuck} stuck)" if stuck else "")


def _failed(device: Mapping[str, Any]) -> str:
    return f"{device.get('pod')}/{device.get('device')}: {device.get('reason') or 'failed'}"
