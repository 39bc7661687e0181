"""What the page shows of one Orchestrator in the fleet, made of what its keeper knows. Pure.

Only what is written here and in `detail` leaves: no spec is passed on whole, since one may name
secrets.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from podium_operator.api.conditions import CHAIN_CONDITIONS
from podium_operator.live.history import Sample
from podium_operator.load import LoadView

__all__ = ["OLD_SECONDS", "Known", "aged", "card", "condition", "sample"]

OLD_SECONDS: Final = 15.0
_STEP_SECONDS: Final = 5
_MOST_ROUNDS: Final = 30


@dataclass(frozen=True, slots=True)
class Known:
    """What a keeper knows after a pass.

    status: as just decided, whether or not it is written yet; the chain's share of it, which
    another keeper writes, is taken from `body`. pods: by name. endpoints: what came of asking at
    each advertised address.
    """

    body: Mapping[str, Any]
    status: Mapping[str, Any]
    load: LoadView
    pods: Mapping[str, Mapping[str, Any]]
    endpoints: Mapping[str, str] = field(default_factory=dict)

    @property
    def spec(self) -> Mapping[str, Any]:
        """Return the spec; it may be one that cannot be carried out."""
        return self.body.get("spec") or {}

    @property
    def chain(self) -> Mapping[str, Any] | None:
        """Return what the chain's keeper has written, None off-chain."""
        return (self.body.get("status") or {}).get("chain")

    @property
    def conditions(self) -> list[Mapping[str, Any]]:
        """Return all conditions, the chain's last."""
        written = (self.body.get("status") or {}).get("conditions") or ()
        own = [one for one in self.status.get("conditions") or () if not _is_chains(one)]
        return own + [one for one in written if _is_chains(one)]


def sample(known: Known, *, at: float) -> Sample:
    """Take the moment's numbers; `at` in seconds of the epoch."""
    load, pools = known.load, known.status.get("pools") or ()
    return Sample(
        at=at,
        streams=round(sum(one.streams for one in load.demand)),
        sessions=load.sessions,
        busy=sum(load.busy.values()),
        slots=sum(load.slots.values()),
        ready=sum(int(pool.get("ready") or 0) for pool in pools),
        desired=sum(int(pool.get("desired") or 0) for pool in pools),
        waiting_seconds=load.backlog_seconds,
        late=load.late or 0,
        answered=load.answered or 0,
    )


def card(known: Known) -> dict[str, Any]:
    """Return its line in the fleet."""
    meta, now = known.body["metadata"], sample(known, at=0.0)
    terms = (known.status.get("decision") or {}).get("terms") or {}
    chain = known.chain or {}
    return {
        "namespace": meta["namespace"],
        "name": meta["name"],
        **_health(known),
        "streams": now.streams,
        "sessions": now.sessions,
        "maxSessions": known.load.max_sessions,
        "busy": now.busy,
        "slots": now.slots,
        "readyPods": now.ready,
        "desiredPods": now.desired,
        "waitingSeconds": round(now.waiting_seconds, 1),
        "late": now.late,
        "answered": now.answered,
        "usdPerHour": terms.get("costPerHour") or 0,
        "reward": chain.get("reward") or "",
        "roundLeft": chain.get("roundLeft") or "",
        "rewards": _strip(chain.get("recentRewards") or ()),
        "oldSeconds": None,
    }


def aged(card: Mapping[str, Any], seconds: float) -> Mapping[str, Any]:
    """Return a card that says how old its numbers are, where they are too old to trust.

    Counted in steps, so that a picture in which nothing moves stays the same picture.
    """
    if seconds <= OLD_SECONDS:
        return card
    steps = int(seconds) // _STEP_SECONDS * _STEP_SECONDS
    health = "odd" if card["health"] == "good" else card["health"]
    return {**card, "oldSeconds": steps, "health": health}


def condition(conditions: Iterable[Mapping[str, Any]], kind: str) -> Mapping[str, Any]:
    """Find a condition; an empty one where there is none."""
    return next((one for one in conditions if one.get("type") == kind), {})


def _health(known: Known) -> dict[str, str]:
    ready = condition(known.conditions, "Ready")
    status, reason = str(ready.get("status") or "Unknown"), str(ready.get("reason") or "")
    if "deletionTimestamp" in known.body["metadata"]:
        return {"health": "odd", "reason": "Leaving", "why": "it is being deleted"}
    if status == "True" and reason == "Ready":
        text = str((known.status.get("decision") or {}).get("text") or "")
        return {"health": "good", "reason": reason, "why": text}
    health = {"True": "odd", "False": "bad"}.get(status, "odd")
    return {"health": health, "reason": reason or status, "why": str(ready.get("message") or "")}


def _strip(rewards: Iterable[Mapping[str, Any]]) -> str:
    """Return one letter a round, the newest last: c, l, m, s, p or n."""
    return "".join(str(one.get("state") or "n")[0] for one in rewards)[-_MOST_ROUNDS:]


def _is_chains(one: Mapping[str, Any]) -> bool:
    return one.get("type") in CHAIN_CONDITIONS
