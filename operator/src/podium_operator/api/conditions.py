"""Conditions after KEP-1623: arithmetic on values, no clock and no API.

`lastTransitionTime` moves only when a condition's status does; there is no heartbeat.
"""

__all__ = ["CHAIN_CONDITIONS", "Condition", "ConditionType", "Status", "merge"]

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

# Far below the schema's bound, and more than anybody reads.
_LONGEST_MESSAGE: Final = 1024


class ConditionType(StrEnum):
    """An Orchestrator's conditions: five from its first visit on, the others with a spec.chain."""

    READY = "Ready"
    PROGRESSING = "Progressing"
    DEGRADED = "Degraded"
    PAUSED = "Paused"
    DEVICES_HEALTHY = "DevicesHealthy"
    REGISTERED = "Registered"
    ACTIVE = "Active"
    REWARD_CALLED = "RewardCalled"
    FUNDED = "Funded"
    RPC_HEALTHY = "RpcHealthy"
    CUT_IN_SYNC = "CutInSync"
    INTENT_PENDING = "IntentPending"


CHAIN_CONDITIONS: Final = frozenset(
    {
        ConditionType.REGISTERED,
        ConditionType.ACTIVE,
        ConditionType.REWARD_CALLED,
        ConditionType.FUNDED,
        ConditionType.RPC_HEALTHY,
        ConditionType.CUT_IN_SYNC,
        ConditionType.INTENT_PENDING,
    }
)


class Status(StrEnum):
    """A condition's verdict."""

    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Condition:
    """A verdict before it is dated."""

    type: ConditionType
    status: Status
    reason: str
    message: str


def merge(
    existing: Iterable[Mapping[str, Any]],
    verdicts: Iterable[Condition],
    *,
    generation: int,
    now: str,
) -> list[dict[str, Any]]:
    """The conditions list to write: dated, sorted by type, old dates kept where nothing turned.

    now: RFC 3339 in UTC with seconds, such as 2026-01-02T03:04:05Z.
    """
    known = {str(old.get("type")): old for old in existing}
    dated = [_dated(verdict, known.get(verdict.type), generation, now) for verdict in verdicts]
    return sorted(dated, key=lambda condition: str(condition["type"]))


def _dated(
    verdict: Condition, old: Mapping[str, Any] | None, generation: int, now: str
) -> dict[str, Any]:
    kept = old is not None and old.get("status") == verdict.status and old.get("lastTransitionTime")
    return {
        "type": verdict.type.value,
        "status": verdict.status.value,
        "reason": verdict.reason,
        "message": _shortened(verdict.message),
        "observedGeneration": generation,
        "lastTransitionTime": old["lastTransitionTime"] if old is not None and kept else now,
    }


def _shortened(message: str) -> str:
    if len(message) <= _LONGEST_MESSAGE:
        return message
    return f"{message[: _LONGEST_MESSAGE - 1]}…"
