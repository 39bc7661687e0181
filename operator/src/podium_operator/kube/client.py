"""The narrow port to the Kubernetes API, and its implementation over the official client.

Plain dicts go in and come out: desired objects are built as dicts, and the typed models of the
official client cost memory and reject fields newer than themselves. Everything that speaks to the
API server goes through `Kube`, apart from kopf's watches.
"""

import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode

import aiohttp
from kubernetes.aio import config as kube_config
from kubernetes.aio.client import ApiClient, ApiException, Configuration
from kubernetes.aio.client.rest import RESTResponse

from podium_operator.kube.errors import ConflictError, NotFoundError, UnreachableError, from_status
from podium_operator.kube.kinds import Kind, kind_of

__all__ = ["ApiKube", "Body", "Kube", "Observe", "load_configuration"]

Body = dict[str, Any]
Observe = Callable[[str, str, str, float], None]  # verb, resource, code, seconds

_PAGE = 500
_APPLY = "application/apply-patch+yaml"


class Kube(Protocol):
    """What the operator asks of the API server; every method may raise `KubeError`."""

    async def get(self, kind: Kind, namespace: str, name: str) -> Body: ...

    def list(self, kind: Kind, namespace: str | None, *, selector: str = "") -> AsyncIterator[Body]:
        """Yield every object, page by page; items carry no `kind` of their own in the API."""
        ...

    async def apply(
        self, body: Mapping[str, Any], *, force: bool = True, manager: str | None = None
    ) -> Body:
        """Server-side apply the whole intent for one object of ours; returns what came of it.

        `manager`: another field manager than the operator's own, whose intent it then is.
        """
        ...

    async def apply_status(
        self, body: Mapping[str, Any], *, manager: str | None = None
    ) -> Body: ...

    async def create(self, body: Mapping[str, Any]) -> Body: ...

    async def replace(self, body: Mapping[str, Any]) -> Body:
        """Put the object back; its `resourceVersion` makes this a compare-and-swap."""
        ...

    async def delete(self, kind: Kind, namespace: str, name: str, *, uid: str) -> None:
        """Delete exactly the object with this uid; one that is gone already is no error."""
        ...


async def load_configuration(
    kubeconfig: str | None = None, *, context: str | None = None
) -> Configuration:
    """Read the pod's service account, or the kubeconfig where one is named.

    Raises UnreachableError where there is neither.
    """
    configuration = Configuration()
    try:
        if kubeconfig is None:
            kube_config.load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
        else:
            await kube_config.load_kube_config(  # type: ignore[no-untyped-call]
                config_file=kubeconfig, context=context, client_configuration=configuration
            )
    except kube_config.ConfigException as error:
        what = (
            "this is no pod of a cluster" if kubeconfig is None else f"{kubeconfig} leads to none"
        )
        raise UnreachableError(f"no cluster to ask: {what} ({error})") from error
    return configuration


@dataclass(frozen=True, slots=True)
class _Request:
    verb: str
    kind: Kind
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    media: str = "application/json"


class ApiKube:
    """`Kube` over `kubernetes.aio`: its transport, TLS and token refresh, none of its models."""

    def __init__(
        self,
        configuration: Configuration,
        *,
        field_manager: str,
        timeout_seconds: float = 10.0,
        observe: Observe | None = None,
    ) -> None:
        self._client = ApiClient(configuration)
        self._client.user_agent = field_manager
        self._field_manager = field_manager
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._observe = observe
        self._answered_at = time.monotonic()

    def silence_seconds(self) -> float:
        """Return how long ago the API server last answered anything, an error included."""
        return time.monotonic() - self._answered_at

    async def close(self) -> None:
        await self._client.close()  # type: ignore[no-untyped-call]

    async def get(self, kind: Kind, namespace: str, name: str) -> Body:
        return await self._call(_Request("GET", kind, kind.path(namespace, name)))

    async def list(
        self, kind: Kind, namespace: str | None, *, selector: str = ""
    ) -> AsyncIterator[Body]:
        query = {"limit": str(_PAGE)} | ({"labelSelector": selector} if selector else {})
        while True:
            page = await self._call(_Request("GET", kind, kind.path(namespace), query))
            for item in page.get("items") or ():
                yield {"apiVersion": kind.api_version, "kind": kind.name, **item}
            token = page.get("metadata", {}).get("continue")
            if not token:
                return
            query = {**query, "continue": token}

    async def apply(
        self, body: Mapping[str, Any], *, force: bool = True, manager: str | None = None
    ) -> Body:
        return await self._apply(_located(body), body, force=force, manager=manager)

    async def apply_status(self, body: Mapping[str, Any], *, manager: str | None = None) -> Body:
        return await self._apply(_located(body, "status"), body, force=True, manager=manager)

    async def create(self, body: Mapping[str, Any]) -> Body:
        kind = kind_of(body)
        path = kind.path(body["metadata"].get("namespace"))
        return await self._call(_Request("POST", kind, path, self._manager, body))

    async def replace(self, body: Mapping[str, Any]) -> Body:
        kind, path = _located(body)
        return await self._call(_Request("PUT", kind, path, self._manager, body))

    async def delete(self, kind: Kind, namespace: str, name: str, *, uid: str) -> None:
        options = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "preconditions": {"uid": uid},
            "propagationPolicy": "Background",
        }
        try:
            await self._call(_Request("DELETE", kind, kind.path(namespace, name), body=options))
        except (NotFoundError, ConflictError):
            return  # a uid that does not match means that the object meant is gone, too

    async def post(self, kind: Kind, path: str, body: Mapping[str, Any]) -> Body:
        """Post to a subresource."""
        return await self._call(_Request("POST", kind, path, self._manager, body))

    async def open(self, path: str, timeout: aiohttp.ClientTimeout) -> RESTResponse:
        """Ask for something long; the answer's body is the caller's to read and to close."""
        method, url, headers, payload, _ = await self._client.param_serialize(
            "GET", path, header_params={"Accept": "*/*"}, auth_settings=["BearerToken"]
        )
        return await self._client.call_api(method, url, headers, payload, _request_timeout=timeout)

    @property
    def _manager(self) -> dict[str, str]:
        return {"fieldManager": self._field_manager}

    async def _apply(
        self,
        place: tuple[Kind, str],
        body: Mapping[str, Any],
        *,
        force: bool,
        manager: str | None = None,
    ) -> Body:
        kind, path = place
        own = {"fieldManager": manager} if manager else self._manager
        query = own | ({"force": "true"} if force else {})
        return await self._call(_Request("PATCH", kind, path, query, body, _APPLY))

    async def _call(self, request: _Request) -> Body:
        started, code = time.monotonic(), "error"
        try:
            status, text = await self._send(request)
            code, self._answered_at = str(status), time.monotonic()
        finally:
            if self._observe is not None:
                seconds = time.monotonic() - started
                self._observe(request.verb, request.kind.plural, code, seconds)
        if not 200 <= status <= 299:
            raise from_status(status, f"{request.verb} {request.path}: {status} {_reason(text)}")
        return _decoded(text, request.path)

    async def _send(self, request: _Request) -> tuple[int, str]:
        headers = {"Content-Type": request.media, "Accept": "application/json"}
        try:
            method, url, headers, payload, _ = await self._client.param_serialize(
                request.verb,
                request.path + ("?" + urlencode(request.query) if request.query else ""),
                header_params=headers,
                body=request.body,
                auth_settings=["BearerToken"],
            )
            answer = await self._client.call_api(
                method, url, headers, payload, _request_timeout=self._timeout
            )
            raw = await answer.read()  # type: ignore[no-untyped-call]  # the client's own gap
        except (aiohttp.ClientError, TimeoutError, OSError, ApiException) as error:
            what = f"{request.verb} {request.path}: no answer ({type(error).__name__})"
            raise UnreachableError(what) from error
        return answer.status, raw.decode()


def _located(body: Mapping[str, Any], subresource: str | None = None) -> tuple[Kind, str]:
    kind, meta = kind_of(body), body["metadata"]
    return kind, kind.path(meta.get("namespace"), meta["name"], subresource=subresource)


def _decoded(text: str, path: str) -> Body:
    try:
        answer = json.loads(text)
    except ValueError as error:
        raise UnreachableError(f"{path}: the answer is not JSON") from error
    if not isinstance(answer, dict):
        raise UnreachableError(f"{path}: the answer is not an object")
    return answer


def _reason(text: str) -> str:
    """Return the Status object's message; a proxy's HTML page must not end up in our log."""
    try:
        status = json.loads(text)
    except ValueError:
        return "(no reason given)"
    return str(status.get("message", "")) if isinstance(status, dict) else "(no reason given)"
