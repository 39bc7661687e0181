"""A cluster with Podium on it, one small Orchestrator, live streams and a Prometheus that looks."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from tests.demo.installation import RELEASE, installed, orchestrator_ready
from tests.demo.preparation import Prepared
from tests.e2e.places import LADDER, Home, orchestrator
from tests.e2e.recording import Recorder, streaming
from tests.gateway.gateway import Gateway
from tests.gateway.messages import Rendition
from tests.watch.server import PrometheusServer, serving

__all__ = ["OPERATOR_NAMESPACE", "World", "built"]

OPERATOR_NAMESPACE = RELEASE.namespace
_PRICE = "0.10"


@dataclass(frozen=True, slots=True)
class World:
    """What proofs and drills work on."""

    home: Home
    server: PrometheusServer
    gateway: Gateway

    @asynccontextmanager
    async def streams(
        self, count: int, ladder: Sequence[Rendition] = LADDER[1:]
    ) -> AsyncIterator[Recorder]:
        """Feed live streams for as long as the block runs."""
        async with streaming(self.gateway, streams=count, ladder=ladder) as recorder:
            yield recorder

    async def kubectl(self, *arguments: str, operator: bool = False) -> str:
        """Run kubectl in the Orchestrator's namespace, or in the operator's."""
        namespace = OPERATOR_NAMESPACE if operator else self.home.namespace
        return await asyncio.to_thread(
            self.home.cluster.kubectl, *arguments, namespace=namespace, timeout_seconds=120
        )

    async def patch(self, patch: str) -> None:
        """Change the Orchestrator by a JSON merge patch."""
        name = f"orchestrators.podium.video/{self.home.name}"
        await self.kubectl("patch", name, "--type=merge", f"--patch={patch}")

    async def edit(self, path: str, value: Any) -> None:
        """Set one field of it, by its JSON pointer."""
        name = f"orchestrators.podium.video/{self.home.name}"
        change = json.dumps([{"op": "add", "path": path, "value": value}])
        await self.kubectl("patch", name, "--type=json", f"--patch={change}")

    async def ready(self) -> None:
        """Wait until the Orchestrator serves again."""
        await asyncio.to_thread(
            orchestrator_ready,
            self.home.cluster,
            self.home.name,
            namespace=self.home.namespace,
            timeout_seconds=240,
        )


@asynccontextmanager
async def built(prepared: Prepared, rules: dict[str, Any]) -> AsyncIterator[World]:
    """Install, apply and watch, for as long as the block runs."""
    cluster = prepared.cluster
    with installed(cluster, prepared.images), cluster.namespace("watch") as namespace:
        home = Home(cluster, namespace)
        with _applied(home):
            async with AsyncExitStack() as stack:
                server = await stack.enter_async_context(serving(cluster, rules))
                gateway = await stack.enter_async_context(home.place.gateway())
                yield World(home, server, gateway)


@contextmanager
def _applied(home: Home) -> Iterator[None]:
    manifest = orchestrator(home, least=1, most=2, in_window_seconds=5)
    manifest["spec"]["pools"][0]["scale"]["costUsdPerHour"] = _PRICE
    home.cluster.apply(manifest)
    try:
        orchestrator_ready(home.cluster, home.name, namespace=home.namespace, timeout_seconds=240)
        yield
    finally:
        gone = ("--ignore-not-found", "--timeout=60s")
        home.cluster.kubectl("delete", "orchestrators", home.name, *gone, namespace=home.namespace)
