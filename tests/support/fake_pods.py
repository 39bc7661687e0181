"""What people ask of pods, in memory: logs that were written down before, and evictions told."""

from collections.abc import AsyncIterator
from typing import Any

from tests.support.fake_kube import FakeKube

from podium_operator.kube.client import Body
from podium_operator.kube.errors import KubeError, NotFoundError

__all__ = ["FakePods"]


class FakePods(FakeKube):
    """An API server in memory: pods have `logs` and `pages`; `guarded` ones are not evicted."""

    def __init__(self) -> None:
        super().__init__()
        self.logs: dict[str, list[str]] = {}
        self.guarded: dict[str, KubeError] = {}
        self.evicted: list[str] = []
        self.pages: dict[str, bytes | KubeError] = {}
        self.asked: list[str] = []

    async def server_version(self) -> str:
        return "v1.36.2"

    async def evict(self, namespace: str, name: str) -> Body:
        del namespace
        if name in self.guarded:
            raise self.guarded[name]
        self.evicted.append(name)
        return {}

    async def log_lines(self, namespace: str, pod: str, **query: Any) -> AsyncIterator[str]:
        del namespace, query
        for line in self.logs.get(pod, []):
            yield line

    async def pod_page(self, namespace: str, pod: str, *, port: int, page: str) -> bytes:
        self.asked.append(f"{namespace}/{pod}:{port}{page}")
        found = self.pages.get(pod, NotFoundError(f"{page} of {pod}: 404: Not Found"))
        if isinstance(found, KubeError):
            raise found
        return found
