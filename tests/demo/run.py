"""The demo from beginning to end; each step is a stage that says what it does (thin)."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from tests.demo.feeding import FeedRun, Watched
from tests.demo.installation import installed, orchestrator_ready
from tests.demo.manifest import LADDER, NAME, POOL, build_orchestrator, source_for
from tests.demo.preparation import Prepared, prepared
from tests.demo.schedule import build_schedule
from tests.demo.screen import Screen
from tests.demo.settings import DemoSettings
from tests.demo.stages import Stages
from tests.demo.verdict import Outputs, judge
from tests.devcluster.cluster import Cluster
from tests.gateway.plan import FeedPlan, PlannedRendition, PlannedStream
from tests.support.gates import Gate

from podium_operator.yaml_text import to_yaml_documents

__all__ = ["Demo"]

_REPOSITORY = Path(__file__).parents[2]
_NAMESPACE = "podium-demo"
_WIRE_PORT = 8935
_SETTLE_SECONDS = 45.0


class Demo:
    """One run, its clock and its folder; `began_at` is when the command began, in unix seconds."""

    def __init__(self, settings: DemoSettings, began_at: float) -> None:
        self._settings = settings
        self._began_at = began_at
        self._stages = Stages(began_at)
        self._folder = _REPOSITORY / "demo-output" / time.strftime("%Y%m%d-%H%M%S")

    def run(self) -> Sequence[Gate]:
        """Run everything and return the gates; KeyboardInterrupt after Ctrl-C, all cleaned up."""
        self._folder.mkdir(parents=True)
        self._stages.say(f"output goes to {self._folder}")
        with prepared(self._stages) as ready:
            feeding = self._on_cluster(ready)
        outputs = Outputs(self._folder, self._began_at, peak_pods=self._settings.streams)
        gates = judge(feeding, outputs, self._stages)
        if feeding.was_interrupted:
            raise KeyboardInterrupt
        return gates

    def _on_cluster(self, ready: Prepared) -> FeedRun:
        around = self._stages.around
        operator = installed(ready.cluster, ready.images)
        with (
            around("the operator, by Helm", operator, ending="helm uninstall"),
            around("kubectl apply", self._applied(ready), ending="kubectl delete"),
        ):
            self._stages.say(f"streaming for {self._settings.seconds:g} s, Ctrl-C ends it")
            return asyncio.run(self._feed(ready.cluster))

    @contextmanager
    def _applied(self, ready: Prepared) -> Iterator[None]:
        cluster, manifest = ready.cluster, self._folder / "orchestrator.yaml"
        objects = self._objects(ready.slot_millicores)
        manifest.write_text(to_yaml_documents(objects))
        _remove_leftovers(cluster)
        try:
            cluster.kubectl("apply", "-f", str(manifest))
            if not cluster.is_own:  # elsewhere the way in needs the Services first
                orchestrator_ready(cluster, NAME, namespace=_NAMESPACE)
            yield
        finally:
            gone = ("--ignore-not-found", "--timeout=60s")
            cluster.kubectl("delete", "orchestrators", NAME, *gone, namespace=_NAMESPACE)
            cluster.kubectl("delete", "namespace", _NAMESPACE, "--ignore-not-found", "--wait=false")

    def _objects(self, slot_millicores: int) -> list[dict[str, Any]]:
        namespace = {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": _NAMESPACE,
                "labels": {"pod-security.kubernetes.io/enforce": "restricted"},
            },
        }
        orchestrator = build_orchestrator(
            namespace=_NAMESPACE, most_pods=self._settings.streams, slot_millicores=slot_millicores
        )
        return [namespace, orchestrator]

    async def _feed(self, cluster: Cluster) -> FeedRun:
        async with _ways_in(cluster) as connect_to:
            plan = self._folder / "plan.json"
            plan.write_text(self._plan(connect_to).model_dump_json(indent=1))
            command = [sys.executable, "-m", "tests.gateway.feeder", str(plan), "--led"]
            feeding = FeedRun(
                cluster.enter_command(command),
                folder=self._folder,
                watched=Watched(
                    cluster.tool.command(namespace=_NAMESPACE), NAME, f"{NAME}-pool-{POOL}"
                ),
                on_first_rendition=lambda: self._stages.say("the first rendition is here"),
            )
            with Screen() as screen:
                await feeding.run(screen, _SETTLE_SECONDS)
        return feeding

    def _plan(self, connect_to: dict[str, str]) -> FeedPlan:
        settings = self._settings
        schedule = build_schedule(streams=settings.streams, total_seconds=settings.seconds)
        ladder = tuple(
            PlannedRendition(
                name=one.name, width=one.width, height=one.height, bitrate=one.bitrate, fps=one.fps
            )
            for one in LADDER
        )
        streams = tuple(
            PlannedStream(
                name=slot.name,
                start_seconds=slot.start_seconds,
                end_seconds=slot.end_seconds,
                renditions=ladder,
                source=source_for(index),
            )
            for index, slot in enumerate(schedule)
        )
        address = f"https://{NAME}.{_NAMESPACE}.svc:{_WIRE_PORT}"
        return FeedPlan(
            orchestrators=(address,),
            connect_to=connect_to,
            save_to=self._folder / "hls",
            streams=streams,
        )


def _remove_leftovers(cluster: Cluster) -> None:
    """Remove what a demo that was killed left on a cluster that lives on."""
    cluster.kubectl(
        *("delete", "namespace", _NAMESPACE, "--ignore-not-found", "--timeout=150s"),
        timeout_seconds=160,
    )


@asynccontextmanager
async def _ways_in(cluster: Cluster) -> AsyncIterator[dict[str, str]]:
    """Give other ways to dial the advertised names, where they do not resolve for the feeder."""
    async with AsyncExitStack() as stack:
        if cluster.is_own:
            yield {}
            return
        ways = {}
        for service in (NAME, f"{NAME}-node-0"):
            name = f"{service}.{_NAMESPACE}.svc"
            host, port = await stack.enter_async_context(cluster.relay(name, _WIRE_PORT))
            ways[f"{name}:{_WIRE_PORT}"] = f"{host}:{port}"
        yield ways
