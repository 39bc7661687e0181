"""Who acts for which identity, and whose bytes are on their way from which key.

One process leads and knows every Orchestrator in its scope, so what is kept here is enough for
them not to meet on one key. Of those that claim one identity the oldest acts. Light on purpose: an
Orchestrator off-chain never loads anything that knows a chain.
"""

__all__ = ["Claims"]

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from podium_operator.kube.client import Body, Kube
from podium_operator.kube.kinds import ORCHESTRATOR

_ARBITRUM_CHAIN_ID: Final = 42161
_LISTED_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class _Claim:
    """identity: chain id and address. since: what sorts by age. name: as people read it."""

    identity: tuple[int, str]
    since: tuple[str, str]
    name: str


class Claims:
    """Every Orchestrator's identity and the keys it uses now, by the Orchestrator's uid.

    What the watch tells is known at once; a list now and then has those that it did not tell of
    yet, which matters when a new leader begins.
    """

    def __init__(
        self,
        kube: Kube | None = None,
        namespaces: Sequence[str] = (),
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """namespaces: the operator's scope, empty for the whole cluster. Without kube no list."""
        self._kube, self._namespaces, self._clock = kube, namespaces, clock
        self._seen: dict[str, _Claim | None] = {}
        self._listed: dict[str, _Claim | None] = {}
        self._listed_at = float("-inf")
        self._held: dict[str, tuple[str, frozenset[tuple[int, str]]]] = {}
        self._listing = asyncio.Lock()

    def put(self, body: Body) -> None:
        """Know an Orchestrator as it is now."""
        self._seen[_uid(body)] = _claim(body)

    def withdraw(self, body: Body) -> None:
        """Know an Orchestrator no more: it is gone, or this process has ceased to keep it."""
        for known in (self._seen, self._listed, self._held):
            known.pop(_uid(body), None)

    async def refresh(self) -> None:
        """Make sure that none is unknown. Raises KubeError; then nobody should act."""
        async with self._listing:
            if self._kube is None or self._clock() - self._listed_at < _LISTED_SECONDS:
                return
            self._listed = {_uid(body): _claim(body) async for body in self._list(self._kube)}
            self._listed_at = self._clock()

    def elder(self, body: Body) -> str:
        """Return who is older and has the same identity, as namespace/name; "" for nobody."""
        own = _claim(body)
        if own is None:
            return ""
        known = {**self._listed, **self._seen}.values()
        same = [one for one in known if one is not None and one.identity == own.identity]
        first = min(same, key=lambda one: one.since, default=own)
        return first.name if first.since < own.since else ""

    def hold(self, body: Body, chain_id: int, keys: Iterable[str]) -> None:
        """Say which keys this Orchestrator has bytes on their way from, or is about to."""
        held = frozenset((chain_id, key) for key in keys)
        self._held[_uid(body)] = (_name(body), held)

    def held_by_others(self, body: Body, chain_id: int) -> Mapping[str, str]:
        """Return the keys of one chain that are not free, with who uses them."""
        own = _uid(body)
        return {
            key: name
            for uid, (name, held) in self._held.items()
            for at, key in held
            if uid != own and at == chain_id
        }

    async def _list(self, kube: Kube) -> AsyncIterator[Body]:
        for namespace in self._namespaces or (None,):
            async for body in kube.list(ORCHESTRATOR, namespace):
                yield body


def _claim(body: Body) -> _Claim | None:
    """Return what it claims; nothing off-chain or as an Endpoint."""
    chain = (body.get("spec") or {}).get("chain") or {}
    address, role = str(chain.get("address") or ""), chain.get("role") or "Primary"
    if not address or role != "Primary":
        return None
    identity = (int(chain.get("chainId") or _ARBITRUM_CHAIN_ID), address.lower())
    born = str(body["metadata"].get("creationTimestamp") or "")
    return _Claim(identity, (born, _name(body)), _name(body))


def _name(body: Body) -> str:
    meta = body["metadata"]
    return f"{meta['namespace']}/{meta['name']}"


def _uid(body: Body) -> str:
    return str(body["metadata"].get("uid") or _name(body))
