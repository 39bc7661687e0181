"""One trace's stage on the cluster: a namespace, a queue, an operator, and what the trace came to.

Several may stand at once, each on ports of its own.
"""

import dataclasses
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.bench.scaling.live.objects import PEERS, ours, peer_objects
from tests.bench.scaling.live.replay import Plan
from tests.bench.scaling.outcome import Outcome
from tests.bench.scaling.stage import BASE, OVERFLOW
from tests.bench.scaling.trace import Trace
from tests.bench.scaling.world import Conditions, World
from tests.devcluster.cluster import Cluster
from tests.devcluster.kubectl import Object
from tests.devcluster.layout import node_address
from tests.support.operator_process import OperatorProcess

__all__ = ["Stage", "replay"]

_PAGE_PORT, _QUEUE_PORT = 18081, 14222
# A node is paid so long after its pod: ten minutes, as the simulator has it, outlast the trace.
_BASE = dataclasses.replace(BASE, linger_seconds=60.0)
_OVERFLOW = dataclasses.replace(OVERFLOW, linger_seconds=60.0)


@dataclasses.dataclass(frozen=True, slots=True)
class Stage:
    """Where a trace is replayed; `number` tells apart those that stand at once."""

    cluster: Cluster
    seed: int
    report: Callable[[str], None]
    number: int = 0

    @property
    def page_port(self) -> int:
        """Where KEDA reads."""
        return _PAGE_PORT + self.number

    @property
    def queue_port(self) -> int:
        """Where the operator hears of the load."""
        return _QUEUE_PORT + self.number


def replay(stage: Stage, trace: Trace) -> dict[str, Outcome]:
    """Run one trace to its end, all policies side by side."""
    cluster, address = stage.cluster, node_address(0)
    queue = f"nats://{address}:{stage.queue_port}"
    with cluster.namespace("bench") as namespace, tempfile.TemporaryDirectory() as folder:
        plan = Plan(
            namespace,
            address,
            stage.page_port,
            stage.queue_port,
            stage.seed,
            trace.model_dump(mode="json", by_alias=True),
            {peer.slug: (dataclasses.asdict(_BASE),) for peer in PEERS}
            | {"ours": (dataclasses.asdict(_BASE), dataclasses.asdict(_OVERFLOW))},
        )
        (Path(folder) / "plan.json").write_text(json.dumps(dataclasses.asdict(plan)))
        with _queue(stage), _operator(cluster, namespace):
            page = f"http://{address}:{stage.page_port}"
            peers = _peers(trace, page)
            _begin_whole(cluster, namespace, [pool for pool, _ in peers])
            cluster.apply([scaled for _, scaled in peers], namespace=namespace)
            cluster.apply(ours((_BASE, _OVERFLOW), queue=queue), namespace=namespace)
            return _outcomes(stage, Path(folder), trace)


def _peers(trace: Trace, page: str) -> list[tuple[Object, Object]]:
    """Build each peer's pool, as large as a running provider has it, and what scales it."""
    slots = World(trace, Conditions((_BASE,), seed=0)).slots_at_start()
    pods = max(1, round(slots / _BASE.slots + 0.5))
    return [peer_objects(peer, _BASE, replicas=pods, page=page) for peer in PEERS]


def _begin_whole(cluster: Cluster, namespace: str, pools: Sequence[Object]) -> None:
    """Wait for the peers' pods: what is late before they serve makes an HPA order for minutes."""
    cluster.apply([*pools], namespace=namespace)
    for pool in pools:
        wanted = pool["spec"]["replicas"]

        def is_whole(found: Object | None, wanted: int = wanted) -> bool:
            return found is not None and found["status"].get("readyReplicas") == wanted

        name = pool["metadata"]["name"]
        patience = 2 * (_BASE.start_seconds + _BASE.start_sigma_seconds)
        cluster.wait_for(
            "deployment", name, is_whole, namespace=namespace, timeout_seconds=patience
        )


def _outcomes(stage: Stage, folder: Path, trace: Trace) -> dict[str, Outcome]:
    stage.report(f"{trace.name}: {trace.seconds:.0f} s, from {time.strftime('%H:%M:%S')}")
    found = folder / "outcomes.json"
    argv = [sys.executable, "-m", "tests.bench.scaling.live.replay"]
    command = stage.cluster.enter_command([*argv, str(folder / "plan.json"), str(found)])
    subprocess.run(command, check=True, timeout=trace.seconds + 120)
    outcomes = {name: Outcome(**one) for name, one in json.loads(found.read_text()).items()}
    for name, outcome in outcomes.items():
        stage.report(
            f"{trace.name}: {name}: {100 * outcome.late_share:.3f} % late, {outcome.cost:.2f}"
        )
    return outcomes


@contextmanager
def _queue(stage: Stage) -> Iterator[None]:
    program = shutil.which("nats-server", path=str(Path(sys.executable).parent))
    if program is None:
        raise FileNotFoundError("nats-server is not there: make setup")
    argv = [program, "--addr", node_address(0), "--port", str(stage.queue_port)]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(stage.cluster.enter_command(argv), stdout=quiet, stderr=quiet)
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
