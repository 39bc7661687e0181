"""What people ask of pods and the operator never does: logs, pages, to leave in good order."""

import json
from collections.abc import AsyncIterator
from typing import Any, Protocol
from urllib.parse import urlencode

import aiohttp
from kubernetes.aio.client import ApiException

from podium_operator.kube.client import ApiKube, Body, Kube
from podium_operator.kube.errors import InvalidError, UnreachableError, from_status
from podium_operator.kube.kinds import kind_named

__all__ = ["PeoplesKube", "PodKube"]

_POD = kind_named("Pod")
_LARGEST_PAGE_BYTES = 4 << 20


class PodKube(Kube, Protocol):
    """`Kube`, and pods' logs, pages and evictions; every method may raise `KubeError`."""

    async def evict(self, namespace: str, name: str) -> Body:
        """Ask a pod to leave by its own grace; refused where a disruption budget forbids it."""
        ...

    async def server_version(self) -> str:
        """Return what the API server calls itself, such as v1.36.2."""
        ...

    def log_lines(self, namespace: str, pod: str, **query: Any) -> AsyncIterator[str]:
        """Yield a log's lines; `query` is the API's own: container, tailLines, follow, ..."""
        ...

    async def pod_page(self, namespace: str, pod: str, *, port: int, page: str) -> bytes:
        """Read a page of a pod's own plain HTTP port, as /sessions, with the caller's rights.

        It goes through the API server: `get` on `pods/proxy` is needed.
        """
        ...


class PeoplesKube(ApiKube):
    """`PodKube` over the official client."""

    async def evict(self, namespace: str, name: str) -> Body:
        body = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": name, "namespace": namespace},
        }
        return await self.post(_POD, _POD.path(namespace, name, subresource="eviction"), body)

    async def server_version(self) -> str:
        try:
            answer = await self.open("/version", aiohttp.ClientTimeout(total=10))
            async with answer.response as response:
                text = (await _bounded(response, "/version")).decode(errors="replace")
        except (aiohttp.ClientError, TimeoutError, OSError, ApiException) as error:
            raise UnreachableError(f"/version: no answer ({type(error).__name__})") from error
        if response.status != 200:
            raise from_status(response.status, f"/version: {response.status}")
        return _version(text)

    async def log_lines(self, namespace: str, pod: str, **query: Any) -> AsyncIterator[str]:
        path = f"{_POD.path(namespace, pod, subresource='log')}?{urlencode(query)}"
        try:
            answer = await self.open(path, aiohttp.ClientTimeout(total=None, sock_connect=10))
            async with answer.response as response:
                if response.status != 200:
                    text = (await response.read()).decode(errors="replace")
                    raise from_status(response.status, f"log of {pod}: {text[:300]}")
                async for line in response.content:
                    yield line.decode(errors="replace").rstrip("\n")
        except (aiohttp.ClientError, TimeoutError, OSError, ApiException) as error:
            raise UnreachableError(f"log of {pod}: no answer ({type(error).__name__})") from error

    async def pod_page(self, namespace: str, pod: str, *, port: int, page: str) -> bytes:
        path = f"{_POD.path(namespace, f'{pod}:{port}', subresource='proxy')}{page}"
        try:
            answer = await self.open(path, aiohttp.ClientTimeout(total=10))
            async with answer.response as response:
                body = await _bounded(response, pod)
                if response.status != 200:
                    text = body.decode(errors="replace")
                    raise from_status(response.status, f"{page} of {pod}: {text[:300]}")
                return body
        except (aiohttp.ClientError, TimeoutError, OSError, ApiException) as error:
            raise UnreachableError(
                f"{page} of {pod}: no answer ({type(error).__name__})"
            ) from error


def _version(text: str) -> str:
    try:
        return str(json.loads(text)["gitVersion"])
    except (ValueError, LookupError, TypeError) as error:
        raise UnreachableError("/version: the answer is no version of Kubernetes") from error


async def _bounded(response: aiohttp.ClientResponse, pod: str) -> bytes:
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > _LARGEST_PAGE_BYTES:
            raise InvalidError(f"{pod} answers more than {_LARGEST_PAGE_BYTES} bytes")
    return bytes(body)
