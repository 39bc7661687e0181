"""The command line of the soak on a cluster: `python -m tests.drain.pods --pods 500`."""

import argparse
import asyncio
import os
import time
from collections.abc import Sequence

from tests.demo.installation import installed, orchestrator_ready
from tests.demo.preparation import prepared
from tests.demo.stages import Stages
from tests.devcluster.cluster import Cluster
from tests.drain.pods.shrinking import Shrinking, summary_lines
from tests.drain.priority import hurry
from tests.drain.streams import Seen, feeding
from tests.e2e.leaving import metric_of_nodes
from tests.e2e.places import Home, orchestrator
from tests.support.gates import Gate, all_pass, gate_line

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a soak, show it, print its gates; returns 1 when one fails."""
    options = _parser().parse_args(arguments)
    hurry(os.getpid())
    stages = Stages()
    with (
        prepared(stages) as ready,
        installed(ready.cluster, ready.images),
        ready.cluster.namespace("drain") as namespace,
    ):
        home = _home(ready.cluster, namespace)
        gates = asyncio.run(_soak(home, options, stages))
    for gate in gates:
        print(gate_line(gate))
    return 0 if all_pass(gates) else 1


def _home(cluster: Cluster, namespace: str) -> Home:
    home = Home(cluster, namespace)
    cluster.apply(orchestrator(home, least=2, most=2, in_window_seconds=0))
    orchestrator_ready(cluster, home.name, namespace=namespace)
    return home


async def _soak(home: Home, options: argparse.Namespace, stages: Stages) -> list[Gate]:
    shrinking = Shrinking(home, options.batch)
    began = time.monotonic()
    async with (
        home.place.gateway() as gateway,
        feeding(gateway, streams=options.streams, size=(320, 180), fps=25) as seen,
    ):
        await seen.all_live(options.streams)
        await shrinking.run(
            options.pods,
            minutes=options.minutes,
            tell=lambda: stages.say(_progress(shrinking, seen, options.pods)),
        )
    given = metric_of_nodes(home, "livepeer_segment_transcoded_total")
    double = max(0, int(given) - seen.answered - len(seen.lost))
    for line in summary_lines(shrinking, seen, double=double, seconds=time.monotonic() - began):
        stages.say(line)
    return [
        Gate("pods", str(shrinking.gone), f">={options.pods}", shrinking.gone >= options.pods),
        Gate("lost", str(len(seen.lost)), "0", not seen.lost),
        Gate("double", str(double), "0", double == 0),
    ]


def _progress(shrinking: Shrinking, seen: Seen, pods: int) -> str:
    return (
        f"pods gone {shrinking.gone}/{pods}  segments {seen.answered}  late {seen.late}  "
        f"lost {len(seen.lost)}"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.drain.pods", description=__doc__)
    parser.add_argument("--pods", type=int, default=500, help="that are to leave (default 500)")
    parser.add_argument("--batch", type=int, default=8, help="at a time (default 8)")
    parser.add_argument("--streams", type=int, default=3, help="live streams (default 3)")
    parser.add_argument("--minutes", type=float, default=60, help="at most (default 60)")
    return parser
