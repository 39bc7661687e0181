"""What a run of drills says: of alerts that fire, that do not, and of a cause that fails."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.demo.stages import Stages
from tests.devcluster.errors import ClusterError
from tests.support.gates import gate_line
from tests.watch.causes import idle
from tests.watch.drills import Drill, judged, run_drills
from tests.watch.world import World


@dataclass(slots=True)
class _Server:
    """Answers as if these alerts fired at once, and all of them had been silent before."""

    firing: tuple[str, ...]
    asked: list[str] = field(default_factory=list)

    async def until(self, expr: str, *, within_seconds: float) -> float:
        self.asked.append(expr)
        if expr.startswith("absent(") or any(f'"{name}"' in expr for name in self.firing):
            return 0.0
        raise TimeoutError(f"nothing within {within_seconds}")

    async def now(self, _expr: str) -> list[tuple[dict[str, str], float]]:
        return [({"alertname": name}, 1.0) for name in self.firing]


@dataclass(frozen=True, slots=True)
class _World:
    server: _Server

    async def ready(self) -> None:
        """Be ready at once."""


@asynccontextmanager
async def _impossible(_world: World) -> AsyncIterator[None]:
    _fail()
    yield


def _fail() -> None:
    raise ClusterError("no such pod")


async def _lines(drill: Drill, *firing: str) -> list[str]:
    world: Any = _World(_Server(firing))
    outcome = await run_drills(world, Stages(out=io.StringIO()), [drill])
    assert world.server.asked == [] or world.server.asked[0].startswith("absent(ALERTS{")
    return [gate_line(gate) for gate in judged([outcome], [drill])]


async def test_alerts_that_fire_pass_both_gates() -> None:
    lines = await _lines(Drill("one", idle, ("NoWork", "NoLeader")), "NoWork", "NoLeader")

    assert lines[0] == "gate drill-one 0s <=120s pass"
    assert lines[1].startswith("gate alerts-fired 2/")
    assert lines[1].endswith(" >=2 pass")


async def test_an_alert_that_stays_silent_is_named_and_fails_both_gates() -> None:
    lines = await _lines(Drill("one", idle, ("NoWork", "NoLeader")), "NoWork")

    assert lines[0] == "gate drill-one missing:NoLeader <=120s fail"
    assert lines[1].endswith(" >=2 fail")


async def test_a_cause_that_cannot_be_made_fails_its_gate() -> None:
    lines = await _lines(Drill("one", _impossible, ("NoWork",)))

    assert lines[0] == "gate drill-one ClusterError no-error fail"
