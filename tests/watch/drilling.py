"""Builds the systems that drills work on, and runs the drills there (thin)."""

from collections.abc import Sequence

from tests.demo.preparation import prepared
from tests.demo.stages import Stages
from tests.watch.chain_world import on_chain
from tests.watch.drills import HOLD, Drill, Outcome, run_drills
from tests.watch.rules import hurried
from tests.watch.world import built

__all__ = ["drill_chain", "drill_cluster"]


async def drill_cluster(stages: Stages, drills: Sequence[Drill]) -> Outcome:
    """Run drills on one cluster; each takes back what it did."""
    with prepared(stages) as ready:
        async with built(ready, hurried(HOLD)) as world:
            return await run_drills(world, stages, drills)


async def drill_chain(stages: Stages, drills: Sequence[Drill]) -> list[Outcome]:
    """Run each drill on a chain of its own."""
    outcomes = []
    for drill in drills:
        async with on_chain(hurried(HOLD)) as world:
            outcomes.append(await run_drills(world, stages, [drill]))
    return outcomes
