"""`python -m tests.bench.scaling.live`: ours beside a real KEDA, on a cluster started for it.

Each trace takes its own length, at most a quarter of an hour, and all policies run side by side
through it; `--together` runs the traces side by side too. The cluster's HPAs look every 15 s,
Kubernetes' own default. `--keep` leaves the cluster running for the next time. What a shape came to
is kept in `--out`, so that `--add` can judge shapes together that were replayed one at a time.
"""

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.bench.scaling.compare import Cell, total
from tests.bench.scaling.gates import live_gates
from tests.bench.scaling.given import given_traces
from tests.bench.scaling.live.objects import OURS, PEERS
from tests.bench.scaling.live.run import Stage, replay
from tests.bench.scaling.live.shapes import LIVE_SHAPES, LONGEST_SECONDS, make_live_trace
from tests.bench.scaling.outcome import Outcome
from tests.bench.scaling.picture import draw
from tests.bench.scaling.table import markdown, sums
from tests.bench.scaling.trace import EventKind, Trace
from tests.cluster.operators import define
from tests.devcluster.cluster import Cluster, connect
from tests.devcluster.keda import install_keda
from tests.devcluster.layout import foreign_kubeconfig, home
from tests.devcluster.request import Request
from tests.devcluster.starting import down, up
from tests.support.ending import end_with
from tests.support.gates import all_pass, gate_line

__all__ = ["Outcomes", "keep", "kept", "main", "options", "traces_of"]

Outcomes = dict[str, dict[str, Outcome]]
"""What every policy came to, by trace."""

_PRETENDED_NODES = 10
_HPA_SYNC_SECONDS = 15


def main(arguments: Sequence[str] | None = None) -> int:
    """Replay, write table and picture, print the gates; 1 if one fails."""
    chosen = options(arguments)
    try:
        traces = traces_of(chosen)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if foreign_kubeconfig():
        print("KUBECONFIG is set: the replay needs a cluster of its own; unset it", file=sys.stderr)
        return 2
    os.environ.setdefault("PODIUM_CLUSTER", "bench")
    with _cluster(keep=chosen.keep) as cluster:
        install_keda(cluster)
        define(cluster)
        outcomes = _replay_all(cluster, traces, chosen)
    if chosen.add and not chosen.trace:
        outcomes = kept(chosen.out, chosen.seed) | outcomes
    return _tell(outcomes, chosen.out, gates=not chosen.trace)


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shapes", nargs="+", choices=LIVE_SHAPES, default=list(LIVE_SHAPES))
    parser.add_argument("--trace", type=Path, action="append", default=[], help="a trace file")
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--together", action="store_true", help="all traces at once, side by side")
    parser.add_argument("--add", action="store_true", help="with the shapes kept in --out")
    parser.add_argument("--keep", action="store_true", help="leave the cluster running")
    parser.add_argument("--out", type=Path, default=Path("build/bench-scaling-live"))
    return parser.parse_args(arguments)


def traces_of(chosen: argparse.Namespace) -> list[Trace]:
    """Read or make the traces; ValueError names the field that cannot be had by the clock."""
    traces = given_traces(chosen.trace)
    for trace in traces:
        if trace.seconds > LONGEST_SECONDS:
            raise ValueError(
                f"{trace.name}: seconds is {trace.seconds:g}, and a replay lasts at most "
                f"{LONGEST_SECONDS:g}: cut the trace, or simulate it by `make bench-scaling`"
            )
        if any(event.kind is EventKind.SLOW_STARTS for event in trace.events):
            raise ValueError(f"{trace.name}: events: slowStarts can only be simulated; remove it")
    return traces or [make_live_trace(shape, chosen.seed) for shape in chosen.shapes]


def keep(out: Path, shape: str, seed: int, outcomes: dict[str, Outcome]) -> None:
    """Write down what one shape came to."""
    out.mkdir(parents=True, exist_ok=True)
    figures = {name: dataclasses.asdict(outcome) for name, outcome in outcomes.items()}
    (out / f"{shape}-{seed}.json").write_text(json.dumps(figures, indent=1))


def kept(out: Path, seed: int) -> Outcomes:
    """Read the shapes that were replayed with this seed."""
    files = {shape: out / f"{shape}-{seed}.json" for shape in LIVE_SHAPES}
    return {
        shape: {name: Outcome(**one) for name, one in json.loads(file.read_text()).items()}
        for shape, file in files.items()
        if file.exists()
    }


def _replay_all(cluster: Cluster, traces: Sequence[Trace], chosen: argparse.Namespace) -> Outcomes:
    def one(numbered: tuple[int, Trace]) -> tuple[str, dict[str, Outcome]]:
        number, trace = numbered
        outcomes = replay(Stage(cluster, chosen.seed, _say, number), trace)
        if not chosen.trace:
            keep(chosen.out, trace.name, chosen.seed, outcomes)
        return trace.name, outcomes

    with ThreadPoolExecutor(len(traces) if chosen.together else 1) as pool:
        return dict(pool.map(one, enumerate(traces)))


@contextmanager
def _cluster(*, keep: bool) -> Iterator[Cluster]:
    request = Request(pretended_nodes=_PRETENDED_NODES, hpa_sync_seconds=_HPA_SYNC_SECONDS)
    place = home()
    up(place, request, report=_say)
    try:
        yield connect()
    finally:
        if not keep:
            down(place, report=_say)


def _tell(outcomes: Outcomes, out: Path, *, gates: bool) -> int:
    names, traces = [OURS, *(peer.name for peer in PEERS)], list(outcomes)

    def cell(policy: str, some: Sequence[str]) -> Cell:
        return total(outcomes[trace][policy] for trace in some)

    cells = {(name, trace): cell(name, [trace]) for name in names for trace in traces}
    text = markdown(cells, traces) + "\n\n" + sums({name: cell(name, traces) for name in names})
    out.mkdir(parents=True, exist_ok=True)
    (out / "scaling.md").write_text(text + "\n")
    draw(cells, traces, out / "scaling.png")
    print(text)
    if not gates or set(traces) < set(LIVE_SHAPES):
        print("gates: only for all shapes together")
        return 0
    verdicts = live_gates(cell, traces)
    for gate in verdicts:
        print(gate_line(gate))
    return 0 if all_pass(verdicts) else 1


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    end_with(main)
