"""Why there may be no work: everything that keeps gateways away, as far as it is measured. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["Reason", "reasons"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One check: `holds` is False where it keeps work away, None where nobody knows."""

    check: str
    holds: bool | None
    text: str


def reasons(spec: Mapping[str, Any], status: Mapping[str, Any]) -> list[Reason]:
    """Make every check, the most likely causes first."""
    return [reason for check in _CHECKS for reason in check(spec, status)]


def _ready(_spec: Mapping[str, Any], status: Mapping[str, Any]) -> Iterator[Reason]:
    ready = _condition(status, "Ready")
    yield Reason("ready", ready.get("status") == "True", _sentence(ready) or "nobody has looked")


def _paused(spec: Mapping[str, Any], _status: Mapping[str, Any]) -> Iterator[Reason]:
    if spec.get("paused"):
        yield Reason("paused", holds=False, text="spec.paused holds everything as it is")


def _capacity(_spec: Mapping[str, Any], status: Mapping[str, Any]) -> Iterator[Reason]:
    sessions, most = int(status.get("sessions") or 0), int(status.get("maxSessions") or 0)
    if most == 0:
        yield Reason("capacity", holds=False, text="no session could be served: no slot is ready")
        return
    free = most - sessions
    text = f"{sessions} of {most} sessions are in use"
    yield Reason("capacity", free > 0, text if free > 0 else f"{text}: further ones are refused")


def _reachable(_spec: Mapping[str, Any], status: Mapping[str, Any]) -> Iterator[Reason]:
    reachable = _condition(status, "Reachable")
    if reachable:
        holds = {"True": True, "False": False}.get(str(reachable.get("status")))
        yield Reason("reachable", holds, _sentence(reachable))


def _address(spec: Mapping[str, Any], _status: Mapping[str, Any]) -> Iterator[Reason]:
    address = str((spec.get("node") or {}).get("advertisedAddress") or "")
    if not address:
        yield Reason(
            "address",
            holds=None,
            text="spec.node.advertisedAddress is not set: only gateways in this cluster find it",
        )


def _chain(spec: Mapping[str, Any], status: Mapping[str, Any]) -> Iterator[Reason]:
    if not spec.get("chain"):
        yield Reason(
            "active", holds=None, text="off-chain: only gateways that name this address come"
        )
        return
    for kind in ("Registered", "Active", "RpcHealthy"):
        found = _condition(status, kind)
        holds = {"True": True, "False": False}.get(str(found.get("status")))
        yield Reason(kind.lower(), holds, _sentence(found) or "not known yet")


def _condition(status: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    found = (one for one in status.get("conditions") or () if one.get("type") == kind)
    return next(found, {})


def _sentence(condition: Mapping[str, Any]) -> str:
    return ": ".join(part for part in (condition.get("reason"), condition.get("message")) if part)


_CHECKS: Final[tuple[Callable[[Mapping[str, Any], Mapping[str, Any]], Iterator[Reason]], ...]] = (
    _ready,
    _paused,
    _capacity,
    _reachable,
    _address,
    _chain,
)
