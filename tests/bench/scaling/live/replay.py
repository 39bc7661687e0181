"""One trace by the clock, in the cluster's network: reports go out, pages answer, pods are watched.

    python -m tests.bench.scaling.live.replay PLAN.json OUTCOMES.json

Started by `tests.bench.scaling.live`, which has put KEDA and every policy's objects there.
"""

import asyncio
import contextlib
import dataclasses
import json
import math
import os
import sys
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import nats
from aiohttp import web
from nats.aio.client import Client
from tests.bench.scaling.live.objects import OURS, PEERS, POLICY_LABEL, POOL_LABEL
from tests.bench.scaling.live.pods import LivePods, Sight
from tests.bench.scaling.live.reports import node_report, transcoder_reports
from tests.bench.scaling.stage import PoolKind
from tests.bench.scaling.trace import Trace
from tests.bench.scaling.world import Conditions, World

from podium_operator.kube.client import ApiKube, Body, load_configuration
from podium_operator.kube.errors import UnreachableError
from podium_operator.kube.kinds import kind_named

__all__ = ["Plan", "main"]

_STEP_SECONDS = 0.05
_LOOK_SECONDS = 0.5
_REPORT_SECONDS = 1.0
_NODE = "ours-node-0"
_OURS_SLUG = "ours"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a replay is told: where things are, what happens, and the pools."""

    namespace: str
    address: str
    page_port: int
    queue_port: int
    seed: int
    trace: dict[str, Any]
    pools: dict[str, tuple[dict[str, Any], ...]]


@dataclass(slots=True)
class _Side:
    """One policy's world and pods; `wanted`: the number last set on each of its Deployments."""

    pods: LivePods
    world: World
    wanted: dict[str, int] = field(default_factory=dict)


class _Replay:
    """Every policy's world, moved on together."""

    def __init__(self, plan: Plan, kube: ApiKube) -> None:
        self._plan, self._kube = plan, kube
        self._trace = Trace.model_validate(plan.trace)
        self._classes = {one.name: one for one in self._trace.classes}
        self._leaving: set[str] = set()
        self._deletions: list[asyncio.Task[None]] = []
        self._began_at = math.inf
        self.sides = {slug: self._side(slug) for slug in plan.pools}

    def _side(self, slug: str) -> _Side:
        kinds = tuple(PoolKind(**kind) for kind in self._plan.pools[slug])
        pods = LivePods(kinds, Random(f"losses/{self._plan.seed}"), self._take_away)
        world = World(self._trace, Conditions(kinds, seed=self._plan.seed), pods=pods)
        world.on_done = pods.done
        return _Side(pods, world)

    @property
    def now(self) -> float:
        """Seconds since the trace began."""
        return time.monotonic() - self._began_at

    async def run(self, queue: Client) -> None:
        """Replay to the end."""
        for side in self.sides.values():
            side.world.begin()
        self._began_at = time.monotonic()
        async with asyncio.TaskGroup() as group:
            helpers = [group.create_task(self._look()), group.create_task(self._report(queue))]
            await self._move_on()
            for helper in helpers:
                helper.cancel()
        await asyncio.gather(*self._deletions, return_exceptions=True)

    def segments(self, slug: str) -> int | None:
        """Return what a peer's trigger reads: waiting and working segments; None in a blackout."""
        side = self.sides[slug]
        if side.world.is_dark:
            return None
        busy = sum(worker.busy for worker in side.pods.serving())
        return side.world.load().waiting + busy

    async def _move_on(self) -> None:
        while (now := self.now) < self._trace.seconds:
            for side in self.sides.values():
                side.world.advance(now)
            await asyncio.sleep(_STEP_SECONDS)
        for side in self.sides.values():
            side.world.advance(self._trace.seconds)

    async def _look(self) -> None:
        while True:
            with contextlib.suppress(UnreachableError):
                await self._look_once()
            await asyncio.sleep(_LOOK_SECONDS)

    async def _look_once(self) -> None:
        namespace = self._plan.namespace
        pods = [body async for body in self._kube.list(kind_named("Pod"), namespace)]
        sets = [body async for body in self._kube.list(kind_named("Deployment"), namespace)]
        for slug, side in self.sides.items():
            mine = (body for body in pods if _slug_of(body) == slug)
            side.pods.see([*map(_sight, mine)], self.now)
            for body in sets:
                if _slug_of(body) == slug:
                    self._note(side, body)

    def _note(self, side: _Side, deployment: Body) -> None:
        pool = deployment["metadata"]["labels"][POOL_LABEL]
        replicas = int(deployment["spec"].get("replicas") or 0)
        before = side.wanted.get(pool, replicas)
        side.wanted[pool] = replicas
        side.world.decided(pool, (before, replicas))

    async def _report(self, queue: Client) -> None:
        """Report as node and transcoders do: each second, and at once when streams change."""
        known: Mapping[str, int] = {}
        due = 0.0
        while True:
            side = self.sides[_OURS_SLUG]
            if not side.world.is_dark:
                load = side.world.load()
                if self.now >= due or load.streams != known:
                    known, waiting = load.streams, side.world.waiting()
                    report = node_report(_NODE, load, waiting, self._classes, at=time.time())
                    await queue.publish(f"bench.load.node.{_NODE}", report)
                if self.now >= due:
                    due = self.now + _REPORT_SECONDS
                    for name, one in transcoder_reports(side.pods, self._classes, at=time.time()):
                        await queue.publish(f"bench.load.transcoder.{name}", one)
            await asyncio.sleep(_STEP_SECONDS * 4)

    def _take_away(self, names: Iterable[str]) -> None:
        self._deletions += [asyncio.create_task(self._delete(name)) for name in names]

    async def _delete(self, name: str) -> None:
        pod = await self._kube.get(kind_named("Pod"), self._plan.namespace, name)
        uid = pod["metadata"]["uid"]
        await self._kube.delete(kind_named("Pod"), self._plan.namespace, name, uid=uid)


def main() -> int:
    """Replay one plan and write the outcomes by policy."""
    plan = Plan(**json.loads(Path(sys.argv[1]).read_text()))
    outcomes = asyncio.run(_replay(plan))
    Path(sys.argv[2]).write_text(json.dumps(outcomes))
    return 0


async def _replay(plan: Plan) -> dict[str, Any]:
    async with AsyncExitStack() as stack:
        configuration = await load_configuration(os.environ["KUBECONFIG"])
        kube = ApiKube(configuration, field_manager="bench")
        stack.push_async_callback(kube.close)
        replay = _Replay(plan, kube)
        await stack.enter_async_context(_pages(replay, plan))
        queue = await nats.connect(f"nats://{plan.address}:{plan.queue_port}")
        stack.push_async_callback(queue.close)
        await replay.run(queue)
        names = {peer.slug: peer.name for peer in PEERS} | {_OURS_SLUG: OURS}
        return {
            names[slug]: dataclasses.asdict(side.world.outcome())
            for slug, side in replay.sides.items()
        }


@asynccontextmanager
async def _pages(replay: _Replay, plan: Plan) -> AsyncIterator[None]:
    """Answer KEDA's metrics-api triggers."""

    async def segments(request: web.Request) -> web.Response:
        value = replay.segments(request.match_info["slug"])
        if value is None:
            return web.json_response({"error": "blackout"}, status=503)
        return web.json_response({"segments": value})

    application = web.Application()
    application.router.add_get("/{slug}", segments)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, plan.address, plan.page_port).start()
        yield
    finally:
        await runner.cleanup()


def _slug_of(body: Body) -> str:
    labels = body["metadata"].get("labels") or {}
    if POLICY_LABEL in labels:
        return str(labels[POLICY_LABEL])
    return _OURS_SLUG if POOL_LABEL in labels else ""


def _sight(body: Body) -> Sight:
    meta, conditions = body["metadata"], (body.get("status") or {}).get("conditions") or ()
    return Sight(
        name=meta["name"],
        pool=meta["labels"][POOL_LABEL],
        is_ready=any(one["type"] == "Ready" and one["status"] == "True" for one in conditions),
        is_leaving="deletionTimestamp" in meta,
    )


if __name__ == "__main__":
    sys.exit(main())
