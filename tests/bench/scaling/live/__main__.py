"""`python -m tests.bench.scaling.live`: ours beside a real KEDA, on a cluster started for it.

Each trace takes its own length, at most a quarter of an hour, and all policies run side by side
through it. The cluster's HPAs look every 15 s, Kubernetes' own default. `--keep` leaves the cluster
running for the next time.
"""

import argparse
import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.bench.scaling.compare import Cell, total
from tests.bench.scaling.gates import live_gates
from tests.bench.scaling.live.objects import OURS, PEERS, ours, peer_objects
from tests.bench.scaling.live.replay import Plan
from tests.bench.scaling.outcome import Outcome
from tests.bench.scaling.picture import draw
from tests.bench.scaling.shapes import LIVE_SHAPES, make_live_trace
from tests.bench.scaling.stage import BASE, OVERFLOW
from tests.bench.scaling.table import markdown, sums
from tests.bench.scaling.trace import EventKind, Trace, read_trace
from tests.bench.scaling.world import Conditions, World
from tests.cluster.operators import define
from tests.devcluster.cluster import Cluster, connect
from tests.devcluster.keda import install_keda
from tests.devcluster.layout import foreign_kubeconfig, home, node_address
from tests.devcluster.request import Request
from tests.devcluster.starting import down, up
from tests.support.gates import all_pass, gate_line
from tests.support.operator_process import OperatorProcess

__all__ = ["main", "options", "traces_of"]

_LONGEST_SECONDS = 900.0
_PRETENDED_NODES = 10
_HPA_SYNC_SECONDS = 15
_PAGE_PORT, _QUEUE_PORT = 18081, 14222
# A node is paid so long after its pod: ten minutes, as the simulator has it, outlast the trace.
_BASE = dataclasses.replace(BASE, linger_seconds=60.0)
_OVERFLOW = dataclasses.replace(OVERFLOW, linger_seconds=60.0)


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
        outcomes = {trace.name: _replay(cluster, trace, chosen.seed) for trace in traces}
    return _tell(outcomes, chosen.out, gates=not chosen.trace)


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shapes", nargs="+", choices=LIVE_SHAPES, default=list(LIVE_SHAPES))
    parser.add_argument("--trace", type=Path, action="append", default=[], help="a trace file")
    parser.add_argument("--seed", type=int, default=10)
    parser.add_argument("--keep", action="store_true", help="leave the cluster running")
    parser.add_argument("--out", type=Path, default=Path("build/bench-scaling-live"))
    return parser.parse_args(arguments)


def traces_of(chosen: argparse.Namespace) -> list[Trace]:
    """Read or make the traces; ValueError names the field that cannot be had by the clock."""
    traces = [read_trace(path) for path in chosen.trace]
    for trace in traces:
        if trace.seconds > _LONGEST_SECONDS:
            raise ValueError(
                f"{trace.name}: seconds is {trace.seconds:g}, and a replay lasts at most "
                f"{_LONGEST_SECONDS:g}: cut the trace, or simulate it by `make bench-scaling`"
            )
        if any(event.kind is EventKind.SLOW_STARTS for event in trace.events):
            raise ValueError(f"{trace.name}: events: slowStarts can only be simulated; remove it")
    return traces or [make_live_trace(shape, chosen.seed) for shape in chosen.shapes]


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


def _replay(cluster: Cluster, trace: Trace, seed: int) -> dict[str, Outcome]:
    """Run one trace in a namespace of its own, with an operator and a queue of its own."""
    address = node_address(0)
    queue = f"nats://{address}:{_QUEUE_PORT}"
    with cluster.namespace("bench") as namespace, tempfile.TemporaryDirectory() as folder:
        plan = Plan(
            namespace,
            address,
            _PAGE_PORT,
            _QUEUE_PORT,
            seed,
            trace.model_dump(mode="json", by_alias=True),
            {peer.slug: (dataclasses.asdict(_BASE),) for peer in PEERS}
            | {"ours": (dataclasses.asdict(_BASE), dataclasses.asdict(_OVERFLOW))},
        )
        (Path(folder) / "plan.json").write_text(json.dumps(dataclasses.asdict(plan)))
        with _queue(cluster), _operator(cluster, namespace):
            cluster.apply(_objects(trace, address, queue), namespace=namespace)
            return _outcomes(cluster, Path(folder), trace)


def _objects(trace: Trace, address: str, queue: str) -> list[dict[str, object]]:
    slots = World(trace, Conditions((_BASE,), seed=0)).slots_at_start()
    pods = max(1, round(slots / _BASE.slots + 0.5))
    page = f"http://{address}:{_PAGE_PORT}"
    peers = [peer_objects(peer, _BASE, replicas=pods, page=page) for peer in PEERS]
    return [ours((_BASE, _OVERFLOW), queue=queue), *(one for peer in peers for one in peer)]


def _outcomes(cluster: Cluster, folder: Path, trace: Trace) -> dict[str, Outcome]:
    _say(f"{trace.name}: {trace.seconds:.0f} s, from {time.strftime('%H:%M:%S')}")
    found = folder / "outcomes.json"
    argv = [sys.executable, "-m", "tests.bench.scaling.live.replay"]
    command = cluster.enter_command([*argv, str(folder / "plan.json"), str(found)])
    subprocess.run(command, check=True, timeout=trace.seconds + 120)
    outcomes = {name: Outcome(**one) for name, one in json.loads(found.read_text()).items()}
    for name, outcome in outcomes.items():
        _say(f"{trace.name}: {name}: {100 * outcome.late_share:.3f} % late, {outcome.cost:.2f}")
    return outcomes


@contextmanager
def _queue(cluster: Cluster) -> Iterator[None]:
    program = shutil.which("nats-server", path=str(Path(sys.executable).parent))
    if program is None:
        raise FileNotFoundError("nats-server is not there: make setup")
    argv = [program, "--addr", node_address(0), "--port", str(_QUEUE_PORT)]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(cluster.enter_command(argv), stdout=quiet, stderr=quiet)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _operator(cluster: Cluster, namespace: str) -> Iterator[None]:
    arguments = ("--scope=namespaces", f"--namespaces={namespace}", f"--namespace={namespace}")
    enter = cluster.enter_command([])
    with OperatorProcess(cluster.inner_kubeconfig, *arguments, command=enter) as operator:
        operator.leads()
        yield


def _tell(outcomes: dict[str, dict[str, Outcome]], out: Path, *, gates: bool) -> int:
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
    sys.exit(main())
