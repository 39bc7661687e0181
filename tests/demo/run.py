"""The demo from beginning to end; each step is a stage that says what it does (thin)."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import yaml
from tests.demo.feeding import FeedRun, Watched
from tests.demo.gates import Gate, check_gates
from tests.demo.installation import installed, orchestrator_ready
from tests.demo.judging import decode_all, find, pixel_problems, write_and_check_hls
from tests.demo.manifest import LADDER, NAME, POOL, build_orchestrator, source_for
from tests.demo.picture import draw
from tests.demo.preparation import Prepared, prepared
from tests.demo.schedule import build_schedule
from tests.demo.screen import Screen
from tests.demo.settings import DemoSettings
from tests.demo.stages import Stages
from tests.demo.summary import build_summary, summary_lines
from tests.devcluster.cluster import Cluster
from tests.gateway.plan import FeedPlan, PlannedRendition, PlannedStream

__all__ = ["Demo"]

_REPOSITORY = Path(__file__).parents[2]
_NAMESPACE = "podium-demo"
_WIRE_PORT = 8935
_SETTLE_SECONDS = 45.0
_DECODE_SECONDS = 300.0


class Demo:
    """One run, its clock and its folder."""

    def __init__(self, settings: DemoSettings) -> None:
        self._settings = settings
        self._stages = Stages()
        self._folder = _REPOSITORY / "demo-output" / time.strftime("%Y%m%d-%H%M%S")

    def run(self) -> Sequence[Gate]:
        """Run everything and return the gates; KeyboardInterrupt after Ctrl-C, all cleaned up."""
        self._folder.mkdir(parents=True)
        self._stages.say(f"output goes to {self._folder}")
        began = time.time()
        with prepared(self._stages) as ready:
            feeding = self._on_cluster(ready)
        return self._judge(feeding, began)

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
        manifest.write_text(yaml.safe_dump_all(objects, sort_keys=False))
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

    def _judge(self, feeding: FeedRun, began: float) -> Sequence[Gate]:
        board, root = feeding.board, self._folder / "hls"
        with self._stages.stage("decoding every rendition"):
            reports = decode_all(root, _DECODE_SECONDS)
            undecodable = pixel_problems(root, board.records, reports)
        with self._stages.stage("writing and playing the HLS"):
            masters, problems = write_and_check_hls(
                root, board.records, ladder=LADDER, reports=reports
            )
        picture = self._folder / "run.png"
        draw(
            picture,
            moments=board.moments,
            pods=board.pods,
            records=board.records,
            started_at=feeding.started_at,
        )
        findings = find(
            board.records,
            board.pods,
            peak=self._settings.streams,
            undecodable=undecodable,
            hls_problems=problems,
        )
        gates = check_gates(findings)
        first = board.first_rendition_at
        summary = build_summary(
            records=board.records,
            gates=gates,
            journey=findings.journey,
            first_rendition_seconds=None if first is None else first - began,
            feeder_lag_seconds=board.worst_lag_seconds,
            stages=self._stages.took_seconds,
            files={
                "picture": str(picture),
                **{f"hls of {name}": str(path) for name, path in masters.items()},
            },
        )
        (self._folder / "summary.json").write_text(json.dumps(summary, indent=1))
        for line in (*summary_lines(summary), *undecodable[:5], *problems[:5]):
            self._stages.say(line)
        if feeding.was_interrupted:
            raise KeyboardInterrupt
        return gates


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
