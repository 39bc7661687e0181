"""Why there may be no work: everything that keeps gateways away, as far as it is measured. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from podium_operator.load import LoadView

__all__ = ["Reason", "Seen", "reasons"]

_OLD_SECONDS: Final = 15.0
_CHAIN_CHECKS: Final = ("Registered", "Active", "RpcHealthy")
_VERDICTS: Final = {"True": True, "False": False}


@dataclass(frozen=True, slots=True)
class Reason:
    """One check: `holds` is False where it keeps work away, None where nobody knows."""

    check: str
    holds: bool | None
    text: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What the checks look at; endpoints: what came of asking at each advertised address."""

    spec: Mapping[str, Any]
    conditions: Iterable[Mapping[str, Any]]
    load: LoadView
    endpoints: Mapping[str, str]

    def condition(self, kind: str) -> Mapping[str, Any]:
        """Find a condition; an empty one where there is none."""
        return next((one for one in self.conditions if one.get("type") == kind), {})


def reasons(seen: Seen) -> list[Reason]:
    """Make every check, the most likely causes first."""
    return [reason for check in _CHECKS for reason in check(seen)]


def _ready(seen: Seen) -> Iterator[Reason]:
    ready = seen.condition("Ready")
    yield Reason("ready", ready.get("status") == "True", _sentence(ready) or "nobody has looked")


def _paused(seen: Seen) -> Iterator[Reason]:
    if seen.spec.get("paused"):
        yield Reason("paused", holds=False, text="spec.paused holds everything as it is")


def _reports(seen: Seen) -> Iterator[Reason]:
    age = seen.load.age_seconds
    if age is None:
        yield Reason("reports", holds=None, text="no node has reported its load yet")
    elif age > _OLD_SECONDS:
        yield Reason("reports", holds=None, text=f"a node has said nothing for {age:.0f} s")
    else:
        yield Reason("reports", holds=True, text="every node reports its load")


def _capacity(seen: Seen) -> Iterator[Reason]:
    sessions, most = seen.load.sessions, seen.load.max_sessions
    if most == 0 and seen.load.age_seconds is None:
        yield Reason("capacity", holds=None, text="not known: no node tells how much it could take")
        return
    if most == 0:
        yield Reason("capacity", holds=False, text="no session could be served: no slot is ready")
        return
    text = f"{sessions} of {most} sessions are in use"
    is_free = sessions < most
    yield Reason("capacity", is_free, text if is_free else f"{text}: further ones are refused")


def _refused(seen: Seen) -> Iterator[Reason]:
    if count := seen.load.refused:
        text = f"{count} sessions were refused in the last 10 s for want of capacity"
        yield Reason("refusals", holds=False, text=text)
    elif seen.load.age_seconds is None:
        yield Reason("refusals", holds=None, text="not known: no node tells whom it refused")
    else:
        yield Reason("refusals", holds=True, text="no session was refused in the last 10 s")


def _reachable(seen: Seen) -> Iterator[Reason]:
    for address, outcome in sorted(seen.endpoints.items()):
        if outcome == "ok":
            yield Reason("reachable", holds=True, text=f"{address} answers")
        else:
            text = f"{address} does not answer from here: {outcome}"
            yield Reason("reachable", holds=False, text=text)


def _address(seen: Seen) -> Iterator[Reason]:
    if not (seen.spec.get("node") or {}).get("advertisedAddress"):
        yield Reason(
            "address",
            holds=None,
            text="spec.node.advertisedAddress is not set: only gateways in this cluster find it",
        )


def _devices(seen: Seen) -> Iterator[Reason]:
    healthy = seen.condition("DevicesHealthy")
    if healthy.get("status") == "False":
        yield Reason("devices", holds=False, text=_sentence(healthy))


def _chain(seen: Seen) -> Iterator[Reason]:
    if not seen.spec.get("chain"):
        yield Reason(
            "active", holds=None, text="off-chain: only gateways that name this address come"
        )
        return
    for kind in _CHAIN_CHECKS:
        found = seen.condition(kind)
        holds = _VERDICTS.get(str(found.get("status")))
        yield Reason(kind.lower(), holds, _sentence(found) or "not known yet")


def _sentence(condition: Mapping[str, Any]) -> str:
    return ": ".join(part for part in (condition.get("reason"), condition.get("message")) if part)


_CHECKS: Final[tuple[Callable[[Seen], Iterator[Reason]], ...]] = (
    _ready,
    _paused,
    _reports,
    _capacity,
    _refused,
    _reachable,
    _address,
    _devices,
    _chain,
)
