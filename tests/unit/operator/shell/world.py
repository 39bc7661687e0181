"""A keeper in a world of its own: an API server in memory, a clock that stands still."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.support.fake_kube import FakeKube

from podium_operator.api import names
from podium_operator.desired.facts import ImageDefaults
from podium_operator.events import Recorder
from podium_operator.external.board import Board
from podium_operator.keeper import Keeper
from podium_operator.kube.client import Body
from podium_operator.kube.kinds import ORCHESTRATOR, kind_named
from podium_operator.live.gallery import Gallery
from podium_operator.machines import Machines
from podium_operator.metrics import Metrics
from podium_operator.sightings import Sighting
from podium_operator.snapshots import parse_report
from podium_operator.surroundings import Surroundings

__all__ = ["CPU", "HD", "World"]

HD = "h264/1280x720@30"
CPU = {"name": "cpu", "hardware": {"type": "cpu"}, "scale": {"min": 1, "max": 4}}
GPU = {"name": "gpu", "hardware": {"type": "nvidia"}, "scale": {"min": 1, "max": 2}}


@dataclass
class World:
    """One Orchestrator and its keeper; `step` lets the keeper look once."""

    kube: FakeKube = field(default_factory=FakeKube)
    metrics: Metrics = field(default_factory=Metrics)
    board: Board = field(default_factory=Board)
    gallery: Gallery = field(default_factory=lambda: Gallery(lambda: 0.0))
    machines: Machines = field(default_factory=Machines)
    now: float = 1000.0
    image: str = "example/worker:1"
    keeper: Keeper = field(init=False)

    @property
    def around(self) -> Surroundings:
        return Surroundings(
            kube=self.kube,
            recorder=Recorder(self.kube, "test", clock=lambda: self.now),
            metrics=self.metrics,
            board=self.board,
            gallery=self.gallery,
            machines=self.machines,
            image=ImageDefaults(self.image),
            clock=lambda: self.now,
            now=lambda: datetime.fromtimestamp(1_800_000_000 + self.now, UTC),
            draw=lambda: 0.5,
            token=lambda size: bytes(range(size)),
        )

    async def begin(self, **spec: Any) -> None:
        """Store an Orchestrator and give it a keeper."""
        body = {
            "apiVersion": names.API_VERSION,
            "kind": names.KIND,
            "metadata": {"namespace": "media", "name": "home"},
            "spec": {"pools": [CPU], **spec},
        }
        await self.kube.create(body)
        await self.restart()

    async def restart(self) -> None:
        """Give it a new keeper, as a new leader would."""
        self.keeper = Keeper(await self.orchestrator(), self.around)

    async def step(self, seconds: float = 2.0) -> bool:
        self.now += seconds
        return await self.keeper._pass_safely()

    async def settle(self) -> None:
        """Look twice: the second pass shows in status what the first has made."""
        assert await self.step()
        assert await self.step(seconds=6.0)

    def report(self, wire: dict[str, Any]) -> None:
        """Let a node or a transcoder report its load now."""
        report = parse_report(json.dumps(wire).encode())
        assert report is not None
        self.keeper._book.take(report, now=self.now)

    def open_streams(self, count: int) -> None:
        """Let the node report so many open streams of HD now."""
        streams = {HD: {"open": count, "segmentSeconds": 2.0}}
        self.report({"kind": "node", "id": "home-node-0", "streams": streams})

    async def orchestrator(self) -> Body:
        return await self.kube.get(ORCHESTRATOR, "media", "home")

    async def edit(self, **changes: Any) -> None:
        """Change the Orchestrator's spec as a person would, and let the watch tell."""
        body = await self.orchestrator()
        body["spec"] |= changes
        self.see(await self.kube.replace(body))

    def see(self, body: Body, *, was_deleted: bool = False) -> None:
        self.keeper.see(Sighting(kind_named(body["kind"]), body, was_deleted))

    async def spoil(self, kind: str, name: str, **changes: Any) -> None:
        """Change a child as somebody else would, and let the watch tell."""
        body = await self.kube.get(kind_named(kind), "media", name)
        self.see(await self.kube.replace(body | changes))

    def lose(self, kind: str, name: str, *, tell: bool = True) -> None:
        """Delete a child behind the operator's back."""
        body = self.kube.objects.pop((kind, "media", name))
        body["metadata"]["resourceVersion"] = "999999"
        if tell:
            self.see(body, was_deleted=True)

    def writes(self) -> list[tuple[str, str, str]]:
        """Return, and forget, every write so far."""
        calls = [call for call in self.kube.calls if call[0] not in {"get", "list"}]
        self.kube.calls.clear()
        return calls

    def names_of(self, kind: str) -> set[str]:
        return {name for found, _, name in self.kube.objects if found == kind}
