"""What the table shows of an Orchestrator's status (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["StatusView", "is_ready", "read_status"]


@dataclass(frozen=True, slots=True)
class StatusView:
    """The numbers and words the demo shows.

    `why` explains the last scaling decision, `message` what Ready says.
    """

    backlog_seconds: float = 0.0
    busy: int = 0
    sessions: str = "0/0"
    why: str = ""
    message: str = ""


def read_status(orchestrator: Mapping[str, Any]) -> StatusView:
    """Return the view of an object; what is not there yet reads as nothing."""
    status = orchestrator.get("status") or {}
    return StatusView(
        backlog_seconds=float(status.get("backlogSeconds") or 0.0),
        busy=sum(int(pool.get("busy") or 0) for pool in status.get("pools") or []),
        sessions=f"{status.get('sessions') or 0}/{status.get('maxSessions') or 0}",
        why=str((status.get("decision") or {}).get("text") or ""),
        message=_message(status),
    )


def is_ready(orchestrator: Mapping[str, Any]) -> bool:
    """Tell whether the Ready condition holds."""
    conditions = (orchestrator.get("status") or {}).get("conditions") or []
    return any(
        condition.get("type") == "Ready" and condition.get("status") == "True"
        for condition in conditions
    )


def _message(status: Mapping[str, Any]) -> str:
    for condition in status.get("conditions") or []:
        if condition.get("type") == "Ready":
            return str(condition.get("message") or condition.get("reason") or "")
    return ""
