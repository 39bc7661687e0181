"""Asks nodes what is open: through the API server, with the caller's own rights."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from podium_operator.api import names
from podium_operator.command.cluster import UnreadableError
from podium_operator.command.told import Told, UntellingError, read_told
from podium_operator.kube.client import Body, Kube
from podium_operator.kube.errors import ForbiddenError, KubeError, NotFoundError, UnreachableError
from podium_operator.kube.kinds import kind_named
from podium_operator.kube.pods import PodKube

__all__ = ["Asked", "ask_nodes", "node_pods"]

_AT_ONCE: Final = 8
_OURS: Final = {
    names.MANAGED_BY_LABEL: names.MANAGED_BY_VALUE,
    names.COMPONENT_LABEL: names.Component.NODE.value,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One node's answer; `why` there is none, in a sentence that says what to do."""

    namespace: str
    orchestrator: str
    pod: str
    told: Told | None = None
    why: str = ""
    is_forbidden: bool = False


async def node_pods(kube: Kube, *, namespace: str | None, name: str | None) -> list[Body]:
    """Read the node pods of one Orchestrator, of a namespace, or of all (namespace None)."""
    labels = {**_OURS, **({names.INSTANCE_LABEL: name} if name else {})}
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    return [body async for body in kube.list(kind_named("Pod"), namespace, selector=selector)]


async def ask_nodes(kube: PodKube, pods: list[Body], *, limit: int) -> list[Asked]:
    """Ask each for at most `limit` sessions. Raises UnreadableError where none may be asked."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(pod: Body) -> Asked:
        async with gate:
            return await _ask(kube, pod, limit)

    asked = list(await asyncio.gather(*map(one, pods)))
    if asked and all(one.is_forbidden for one in asked):
        raise UnreadableError(asked[0].why)
    return asked


async def _ask(kube: PodKube, pod: Body, limit: int) -> Asked:
    meta = pod["metadata"]
    namespace, name = str(meta["namespace"]), str(meta["name"])
    of = str((meta.get("labels") or {}).get(names.INSTANCE_LABEL) or "")
    if phase := _not_running(pod):
        return Asked(namespace, of, name, why=f"it is {phase}: `podium logs {of} --part node`")
    try:
        body = await kube.pod_page(
            namespace, name, port=names.Ports.NODE_METRICS, page=f"/sessions?limit={limit}"
        )
        return Asked(namespace, of, name, told=read_told(body))
    except (KubeError, UntellingError) as error:
        is_forbidden = isinstance(error, ForbiddenError)
        refused = Asked(namespace, of, name, is_forbidden=is_forbidden)
        return replace(refused, why=_sentence(error, refused))


def _not_running(pod: Mapping[str, Any]) -> str:
    phase = (pod.get("status") or {}).get("phase")
    return "" if phase in {"Running", None} else str(phase)


def _sentence(error: Exception, asked: Asked) -> str:
    namespace, orchestrator, pod = asked.namespace, asked.orchestrator, asked.pod
    port = names.Ports.NODE_METRICS
    match error:
        case ForbiddenError():
            return (
                f"you may not `get` `pods/proxy` in namespace {namespace}: "
                f"ask for it, or look at `podium status {orchestrator}`; `kubectl auth can-i get "
                f"pods --subresource=proxy -n {namespace}` tells when you may"
            )
        case NotFoundError():
            return (
                "it has just gone, or its worker image is older than this question: "
                f"`podium status {orchestrator} -o json` names the image"
            )
        case UnreachableError():
            return (
                f"the API server gets no answer of its port {port}: is it ready, and does a "
                f"NetworkPolicy let the API server in? `kubectl -n {namespace} port-forward "
                f"pod/{pod} {port}` needs none, then http://localhost:{port}/sessions"
            )
        case _:
            return f"what it answers cannot be read: {error}"
