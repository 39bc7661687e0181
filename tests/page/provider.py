"""A provider in memory: the operator's own keepers over pods and streams that behave like some.

Streams, pods and segments are a small model; every number that the page shows of them is what the
operator observes, decides and reports. The clock is ours, so an hour takes seconds.
"""

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from tests.support.fake_kube import FakeKube

from podium_operator.api import names
from podium_operator.desired.facts import ImageDefaults
from podium_operator.events import Recorder
from podium_operator.keeper import Keeper
from podium_operator.kube.client import Body
from podium_operator.kube.kinds import ORCHESTRATOR, kind_of
from podium_operator.live.gallery import Gallery
from podium_operator.metrics import Metrics
from podium_operator.sightings import Sighting
from podium_operator.snapshots import parse_report
from podium_operator.surroundings import Surroundings

__all__ = ["HD", "STEP_SECONDS", "Place", "Provider", "Traits"]

HD = "h264/640x360@30+1280x720@30"
# Three steps are what the operator counts segments over, ten seconds.
STEP_SECONDS = 3.4
_SEGMENT_SECONDS = 2.0


@dataclass
class Place:
    """Where providers are: one API server, one clock, one page."""

    at: float
    gallery: Gallery = field(init=False)
    kube: FakeKube = field(default_factory=FakeKube)
    metrics: Metrics = field(default_factory=Metrics)

    def __post_init__(self) -> None:
        self.gallery = Gallery(lambda: self.at)

    @property
    def around(self) -> Surroundings:
        """What keepers share here."""
        return Surroundings(
            kube=self.kube,
            recorder=Recorder(self.kube, "test", clock=lambda: self.at),
            metrics=self.metrics,
            gallery=self.gallery,
            image=ImageDefaults("example/worker:1"),
            clock=lambda: self.at,
            now=lambda: datetime.fromtimestamp(self.at, UTC),
            draw=lambda: 0.5,
        )

    def date(self, at: float) -> str:
        """Write a moment as Kubernetes does."""
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Traits:
    """How a provider's world behaves: streams at a moment, slot time of a segment, start of a pod.

    fails: pools whose pods never start.
    """

    streams: Callable[[float], int]
    slot_seconds: float = 0.9
    slots_per_pod: int = 2
    startup_seconds: float = 12.0
    fails: tuple[str, ...] = ()


@dataclass
class _Pod:
    name: str
    pool: str
    since: float
    leaves_at: float = math.inf
    done: float = 0.0
    busy_seconds: float = 0.0
    busy: int = 0


class Provider:
    """One Orchestrator: `step` lets its keeper look, `open_streams` overrides its streams."""

    open_streams: int | None

    def __init__(
        self, place: Place, name: str, traits: Traits, *, namespace: str = "media"
    ) -> None:
        self.place, self.name, self.namespace = place, name, namespace
        self.traits, self.open_streams = traits, None
        self._draw = Random(name)
        self._pods: dict[str, _Pod] = {}
        self._made, self._version = 0, 10**9
        self._waiting = 0.0
        self._totals = {"received": 0, "answered": 0, "late": 0, "lost": 0}

    async def begin(self, *pools: dict[str, Any], **spec: Any) -> None:
        """Apply it, and give it a keeper."""
        body = {
            "apiVersion": names.API_VERSION,
            "kind": names.KIND,
            "metadata": {"namespace": self.namespace, "name": self.name},
            "spec": {"pools": list(pools), **spec},
        }
        self.keeper = Keeper(await self.place.kube.create(body), self.place.around)
        await self.look()
        await self._serve()

    async def look(self) -> None:
        """Let the keeper make one pass."""
        await self.keeper._pass_safely()

    async def step(self) -> None:
        """Let pods start and leave, streams push, and the keeper look."""
        await self._resize()
        self._work()
        for pod in self._pods.values():
            self._store(self._body_of(pod))
        for report in self._reports():
            parsed = parse_report(json.dumps(report).encode())
            assert parsed is not None, report
            self.keeper._book.take(parsed, now=self.place.at)
        await self.look()

    async def write(self, **status: Any) -> None:
        """Write a part of the status as the chain's keeper would."""
        body = await self.place.kube.get(ORCHESTRATOR, self.namespace, self.name)
        conditions = [*body["status"]["conditions"], *status.pop("conditions", ())]
        body["status"] = {**body["status"], **status, "conditions": conditions}
        self._see(await self.place.kube.replace(body))
        await self.look()

    async def _serve(self) -> None:
        """Let node and queue be up, as their controllers would say."""
        for (kind, _, name), body in list(self.place.kube.objects.items()):
            labels = body["metadata"].get("labels") or {}
            if kind == "StatefulSet" and labels.get(names.INSTANCE_LABEL) == self.name:
                counts = dict.fromkeys(("replicas", "readyReplicas", "updatedReplicas"), 1)
                status = {**counts, "observedGeneration": body["metadata"]["generation"]}
                self._see(await self.place.kube.replace({**body, "status": status}))
                part = labels[names.COMPONENT_LABEL]
                self._store(self._pod(f"{name}-0", part, "", self.place.at - 86_400.0))

    async def _resize(self) -> None:
        """Follow the Deployments: pods come at once and start slowly, and leave when drained."""
        prefix = names.pool_name(self.name, "")
        for (kind, _, name), body in list(self.place.kube.objects.items()):
            if kind != "Deployment" or not name.startswith(prefix):
                continue
            pool = name.removeprefix(prefix)
            staying = [one for one in self._of(pool) if one.leaves_at == math.inf]
            wanted = int(body["spec"].get("replicas") or 0)
            for one in staying[wanted:]:
                one.leaves_at = self.place.at + STEP_SECONDS
            for _ in range(wanted - len(staying)):
                self._made += 1
                made = f"{name}-{self._draw.getrandbits(40):010x}-{self._made:05}"
                self._pods[made] = _Pod(made, pool, self.place.at)
            await self._tell_deployment(body, wanted)
        for one in [pod for pod in self._pods.values() if pod.leaves_at <= self.place.at]:
            del self._pods[one.name]
            del self.place.kube.objects["Pod", self.namespace, one.name]
            self._see(self._body_of(one), was_deleted=True)

    async def _tell_deployment(self, body: Body, wanted: int) -> None:
        ready = sum(self._is_ready(one) for one in self._of(self._pool_of(body)))
        status = {
            "replicas": wanted,
            "readyReplicas": ready,
            "updatedReplicas": wanted,
            "observedGeneration": body["metadata"]["generation"],
        }
        if body.get("status") != status:
            self._see(await self.place.kube.replace({**body, "status": status}))

    def _work(self) -> None:
        """Let a step's segments go through the slots, in order, as far as there are any."""
        streams, traits = self._streams, self.traits
        arrived = round(streams * STEP_SECONDS / _SEGMENT_SECONDS)
        serving = [pod for pod in self._pods.values() if self._is_ready(pod)]
        slots = len(serving) * traits.slots_per_pod
        wanted = self._waiting + arrived * traits.slot_seconds
        done = min(wanted, slots * STEP_SECONDS)
        self._waiting = min(wanted - done, streams * 4 * traits.slot_seconds)
        answered, wait = round(done / traits.slot_seconds), self._waiting / max(1, slots)
        self._totals["received"] += arrived
        self._totals["answered"] += answered
        self._totals["late"] += answered if wait > _SEGMENT_SECONDS else 0
        share = done / (slots * STEP_SECONDS) if slots else 0.0
        for pod in serving:
            pod.busy = min(traits.slots_per_pod, round(share * traits.slots_per_pod + self._jitter))
            pod.done += answered / len(serving)
            pod.busy_seconds += done / len(serving)

    @property
    def _streams(self) -> int:
        if self.open_streams is not None:
            return self.open_streams
        return max(0, self.traits.streams(self.place.at))

    @property
    def _jitter(self) -> float:
        return self._draw.uniform(-0.45, 0.45)

    def _reports(self) -> Iterator[dict[str, Any]]:
        """What node and transcoders say of their load."""
        streams, slot = self._streams, self.traits.slot_seconds
        waiting = round(self._waiting / slot)
        serving = [pod for pod in self._pods.values() if self._is_ready(pod)]
        slots = len(serving) * self.traits.slots_per_pod
        yield {
            "kind": "node",
            "id": f"{self.name}-node-0",
            "sessions": streams + streams // 9,
            "maxSessions": max(streams, int(1.15 * slots * _SEGMENT_SECONDS / slot)),
            "streams": {HD: {"open": streams, "segmentSeconds": _SEGMENT_SECONDS}},
            "waiting": {
                HD: {
                    "segments": waiting,
                    "seconds": waiting * _SEGMENT_SECONDS,
                    "slotSeconds": self._waiting,
                }
            },
            "oldestWaitSeconds": self._waiting / max(1, slots),
            "totals": self._totals,
        }
        for pod in serving:
            service = {"segments": round(pod.done), "slotSeconds": round(pod.done) * slot}
            yield {
                "kind": "transcoder",
                "id": pod.name,
                "pool": pod.pool,
                "slots": self.traits.slots_per_pod,
                "busy": pod.busy,
                "draining": pod.leaves_at < math.inf,
                "service": {HD: {**service, "p95Seconds": 1.3 * slot}},
                "canary": {HD: {"slotSeconds": slot, "segmentSeconds": _SEGMENT_SECONDS}},
                "devices": [{"name": "cpu", "slots": self.traits.slots_per_pod}],
                "totals": {"busySlotSeconds": pod.busy_seconds},
            }

    def _of(self, pool: str) -> list[_Pod]:
        return [pod for pod in self._pods.values() if pod.pool == pool]

    def _pool_of(self, body: Body) -> str:
        return str(body["metadata"]["name"]).removeprefix(names.pool_name(self.name, ""))

    def _is_ready(self, pod: _Pod) -> bool:
        is_up = self.place.at - pod.since >= self.traits.startup_seconds
        return is_up and pod.pool not in self.traits.fails

    def _body_of(self, pod: _Pod) -> Body:
        body = self._pod(pod.name, names.Component.TRANSCODER.value, pod.pool, pod.since)
        if pod.leaves_at < math.inf:
            body["metadata"]["deletionTimestamp"] = self.place.date(pod.leaves_at)
        if not self._is_ready(pod):
            body["status"] = {"phase": "Pending", "conditions": []}
        if pod.pool in self.traits.fails:
            waiting = {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}
            body["status"]["containerStatuses"] = [{"state": {"waiting": waiting}}]
        return body

    def _pod(self, name: str, part: str, pool: str, since: float) -> Body:
        self._version += 1
        ready_at = self.place.date(since + self.traits.startup_seconds)
        ready = {"type": "Ready", "status": "True", "lastTransitionTime": ready_at}
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "namespace": self.namespace,
                "name": name,
                "uid": name,
                "resourceVersion": str(self._version),
                "creationTimestamp": self.place.date(since),
                "labels": {
                    names.MANAGED_BY_LABEL: names.MANAGED_BY_VALUE,
                    names.INSTANCE_LABEL: self.name,
                    names.COMPONENT_LABEL: part,
                    **({names.POOL_LABEL: pool} if pool else {}),
                },
            },
            "spec": {"nodeName": f"node-{1 + sum(name.encode()) % 3}"},
            "status": {
                "phase": "Running",
                "conditions": [ready],
                "containerStatuses": [{"restartCount": 0, "ready": True, "state": {}}],
            },
        }

    def _store(self, pod: Body) -> None:
        self.place.kube.objects["Pod", self.namespace, pod["metadata"]["name"]] = pod
        self._see(pod)

    def _see(self, body: Body, *, was_deleted: bool = False) -> None:
        self.keeper.see(Sighting(kind_of(body), body, was_deleted))
