"""A `Kube` that writes only while this process leads.

A process that was frozen longer than its lease wakes up believing that it leads. Its next write
asks the clock first, and ends the process instead.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from podium_operator.kube.client import Body, Kube
from podium_operator.kube.kinds import Kind
from podium_operator.lease import LeadershipLostError

__all__ = ["FencedKube"]


class FencedKube:
    """Passes reads on; passes writes on while `may_write` says so, else `LeadershipLostError`."""

    def __init__(self, kube: Kube, may_write: Callable[[], bool]) -> None:
        self._kube, self._may_write = kube, may_write

    async def get(self, kind: Kind, namespace: str, name: str) -> Body:
        return await self._kube.get(kind, namespace, name)

    def list(self, kind: Kind, namespace: str | None, *, selector: str = "") -> AsyncIterator[Body]:
        return self._kube.list(kind, namespace, selector=selector)

    async def apply(
        self, body: Mapping[str, Any], *, force: bool = True, manager: str | None = None
    ) -> Body:
        return await self._writer().apply(body, force=force, manager=manager)

    async def apply_status(self, body: Mapping[str, Any], *, manager: str | None = None) -> Body:
        return await self._writer().apply_status(body, manager=manager)

    async def create(self, body: Mapping[str, Any]) -> Body:
        return await self._writer().create(body)

    async def replace(self, body: Mapping[str, Any]) -> Body:
        return await self._writer().replace(body)

    async def delete(self, kind: Kind, namespace: str, name: str, *, uid: str) -> None:
        await self._writer().delete(kind, namespace, name, uid=uid)

    def _writer(self) -> Kube:
        if not self._may_write():
            raise LeadershipLostError("the lease may be another's by now: not writing")
        return self._kube
