"""API servers over HTTP, for trying whole verbs as a person types them."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler
from tests.support.loopback import answering

from podium_operator.command.cli import main

__all__ = ["HOSTILE", "api", "asked", "kubeconfig", "orchestrator", "refusing"]

# What rich would take for markup, a terminal for an order, and an old encoding for nothing.
HOSTILE = "[red]x[/nope] :smile: \x1b[31m\u202e → <b>"
_NODE = {
    "app.kubernetes.io/managed-by": "podium-operator",
    "app.kubernetes.io/instance": "home",
    "app.kubernetes.io/component": "node",
}


def orchestrator(name: str = "home", text: str = HOSTILE) -> dict[str, Any]:
    """Return one whose every sentence is `text`."""
    ready = {"type": "Ready", "status": "False", "reason": "NoNode", "message": text}
    intent = {
        "id": "r4",
        "kind": "Reward",
        "state": "AwaitingSignature",
        "why": text,
        "message": text,
    }
    device = {"pod": "p", "device": "GPU-0", "reason": text}
    return {
        "metadata": {"name": name, "namespace": "media", "uid": "1", "generation": 1},
        "spec": {"pools": [{"name": "cpu", "hardware": {"type": "cpu"}}]},
        "status": {
            "observedGeneration": 1,
            "conditions": [ready, {**ready, "type": "RewardCalled"}],
            "pools": [{"name": "cpu", "failedDevices": [device]}],
            "decision": {"id": 1, "text": text, "pools": []},
            "recentDecisions": [{"id": 1, "at": "2026-01-01T00:00:00Z", "text": text}],
            "chain": {"chainId": 1, "stage": text, "plan": text, "intents": [intent]},
        },
    }


@asynccontextmanager
async def api(*bodies: Mapping[str, Any], log: str = "") -> AsyncIterator[str]:
    """Serve these Orchestrators, a node pod that says `log`, and empty lists; yields the URL."""

    async def answer(request: web.Request) -> web.Response:
        kind, _, name = request.path.partition("/namespaces/media/")[2].partition("/")
        if request.path == "/version":
            return web.json_response({"gitVersion": "v1.36.2"})
        if kind == "orchestrators" and name:
            found = [body for body in bodies if body["metadata"]["name"] == name]
            return web.json_response(found[0] if found else {}, status=200 if found else 404)
        if request.path.endswith("/orchestrators"):
            return web.json_response({"items": list(bodies)})
        if name.endswith("/log"):
            return web.Response(text=log)
        if kind == "pods":
            meta = {"name": "home-node-0", "namespace": "media", "labels": _NODE}
            return web.json_response({"items": [{"metadata": meta, "spec": {}, "status": {}}]})
        return web.json_response({"items": []}, status=404 if name else 200)

    async with answering(answer) as url:
        yield url


@asynccontextmanager
async def refusing(status: int, text: str = '{"message": "no"}') -> AsyncIterator[str]:
    """Serve nothing but a refusal."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, text=text)

    handler: Handler = answer
    async with answering(handler) as url:
        yield url


def kubeconfig(folder: Path, url: str) -> Path:
    """Write a kubeconfig for an API server without keys."""
    path = folder / "config"
    context = {"cluster": "c", "user": "u", "namespace": "media"}
    body = {
        "clusters": [{"name": "c", "cluster": {"server": url}}],
        "contexts": [{"name": "c", "context": context}],
        "users": [{"name": "u", "user": {}}],
        "current-context": "c",
    }
    path.write_text(json.dumps(body))
    return path


async def asked(url: str, folder: Path, *words: str) -> int:
    """Run `podium` as typed, in a thread, since it has a loop of its own."""
    return await asyncio.to_thread(main, [*words, "--kubeconfig", str(kubeconfig(folder, url))])
