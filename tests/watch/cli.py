"""`python -m tests.watch files|look|proof|drills`: made files, pictures, the proof, the drills."""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from tests.devcluster.errors import ClusterError
from tests.devcluster.programs.errors import ProgramsError
from tests.support.gates import Gate, all_pass, gate_line
from tests.watch.building import write_files

__all__ = ["main"]

_USAGE = "files, look SECONDS, proof or drills"


def main(arguments: Sequence[str]) -> int:
    """Do one of these; 1 when a gate fails or something is missing.

    Words behind `drills` choose those whose names have one of them.
    """
    match list(arguments):
        case ["files"]:
            write_files()
            return 0
        case ["look", seconds]:
            if not seconds.isdecimal():
                print(f"watch: SECONDS is {seconds!r}: write a number, such as 60", file=sys.stderr)
                return 2
            asyncio.run(_look(float(seconds)))
            return 0
        case ["proof"]:
            return _judged(_proof)
        case ["drills", *words]:
            return _judged(lambda: _drills(words))
        case _:
            print(f"say what to do: {_USAGE}", file=sys.stderr)
            return 2


def _judged(work: Callable[[], Awaitable[list[Gate]]]) -> int:
    try:
        gates = asyncio.run(_awaited(work))
    except (ClusterError, ProgramsError, ValueError, RuntimeError) as error:
        print(f"watch: {error}", file=sys.stderr)
        return 1
    for gate in gates:
        print(gate_line(gate))
    return 0 if all_pass(gates) else 1


async def _awaited(work: Callable[[], Awaitable[list[Gate]]]) -> list[Gate]:
    return await work()


# The libraries take seconds to load, and writing files needs none of them.
async def _look(seconds: float) -> None:
    from tests.watch.drawing import PICTURES, draw_all  # noqa: PLC0415
    from tests.watch.local import local  # noqa: PLC0415
    from tests.watch.pushing import streaming  # noqa: PLC0415
    from tests.watch.questions import panel_questions  # noqa: PLC0415
    from tests.watch.rules import shipped  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="podium-look-") as folder:
        async with local(Path(folder), shipped()) as world, streaming(world), streaming(world):
            await asyncio.sleep(seconds)
            draw_all(await world.server.all_series(one.expr for one in panel_questions()))
    print(f"the dashboards are drawn in {PICTURES}")


async def _proof() -> list[Gate]:
    from tests.demo.preparation import prepared  # noqa: PLC0415
    from tests.demo.stages import Stages  # noqa: PLC0415
    from tests.watch.proof import prove  # noqa: PLC0415
    from tests.watch.rules import shipped  # noqa: PLC0415
    from tests.watch.world import built  # noqa: PLC0415

    stages = Stages()
    with prepared(stages) as ready:
        async with built(ready, shipped()) as world:
            return await prove(world, stages)


async def _drills(words: Sequence[str]) -> list[Gate]:
    from tests.demo.stages import Stages  # noqa: PLC0415
    from tests.watch.drilling import drill_chain, drill_cluster  # noqa: PLC0415
    from tests.watch.drills import CHAIN_DRILLS, chosen_drills, judged  # noqa: PLC0415

    stages, drills = Stages(), chosen_drills(words)
    on_chain = [one for one in drills if one in CHAIN_DRILLS]
    in_cluster = [one for one in drills if one not in CHAIN_DRILLS]
    outcomes = await drill_chain(stages, on_chain)
    if in_cluster:
        outcomes = [*outcomes, await drill_cluster(stages, in_cluster)]
    return judged(outcomes, drills)
