"""How fast a deleted child comes back, and what an Orchestrator at rest costs.

    python -m tests.bench.operator_repair [REPAIRS]

Works on the cluster of `make up` or KUBECONFIG, with the chart's rights, in a namespace of its own.
The peer, in turns with us, is a client that does nothing else: it deletes a Service of its own and
makes it again, which is what the API server needs for it.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.cluster.operators import Site
from tests.devcluster.cluster import connect
from tests.support.ending import end_with
from tests.support.gates import Gate, all_pass, gate_line
from tests.support.operator_process import OperatorProcess

from podium_operator.kube.client import ApiKube, Body, load_configuration
from podium_operator.kube.errors import NotFoundError
from podium_operator.kube.kinds import kind_named

_SERVICE: Final = kind_named("Service")
_CHILD: Final = "home-node"
_MOST_RATIO: Final = 10.0
_REST_SECONDS: Final = 30.0
# Drift comes alone: right after a pass the operator gathers news for a tenth of a second.
_PAUSE_SECONDS: Final = 0.3


def main() -> int:
    """Measure, print a line each, and judge."""
    count = _count()
    cluster = connect()
    with tempfile.TemporaryDirectory() as folder, cluster.namespace("bench") as namespace:
        site = Site(cluster, namespace, Path(folder))
        site.install()
        site.apply()
        with site.operator() as operator:
            site.settle(operator.leads())
            ours, peer = asyncio.run(measure_repairs(site, count))
            site.settle(operator)
            requests, writes = measure_rest(operator)
    ratio = statistics.median(ours) / statistics.median(peer)
    print(f"{count} repairs: {_told(ours)}; a client that does nothing else: {_told(peer)}")
    print(f"at rest, one Orchestrator: {requests:.2f} requests/s, {writes:.2f} writes/s")
    gates = (
        Gate("repair-to-bare", f"{ratio:.1f}x", f"<={_MOST_RATIO:g}x", ratio <= _MOST_RATIO),
        Gate("writes-at-rest", f"{writes:.2f}/s", "0/s", writes == 0),
    )
    for gate in gates:
        print(gate_line(gate))
    return int(not all_pass(gates))


async def measure_repairs(site: Site, count: int) -> tuple[list[float], list[float]]:
    """Delete a Service so many times; returns the seconds until it is back, ours and the peer's."""
    configuration = await load_configuration(str(site.cluster.kubeconfig))
    kube = ApiKube(configuration, field_manager="bench")
    ours, peer = [], []
    try:
        bare = await kube.create(_bare(site.namespace))
        for _ in range(count):
            ours.append(await _repaired(kube, site.namespace))
            started = time.monotonic()
            await _delete(kube, bare)
            bare = await kube.create(_bare(site.namespace))
            peer.append(time.monotonic() - started)
            await asyncio.sleep(_PAUSE_SECONDS)
    finally:
        await kube.close()
    return ours, peer


def measure_rest(operator: OperatorProcess) -> tuple[float, float]:
    """Return requests and writes per second while nothing happens."""
    before = _requests(operator)
    time.sleep(_REST_SECONDS)
    after = _requests(operator)
    requests, writes = (a - b for a, b in zip(after, before, strict=True))
    return requests / _REST_SECONDS, writes / _REST_SECONDS


async def _repaired(kube: ApiKube, namespace: str) -> float:
    child = await kube.get(_SERVICE, namespace, _CHILD)
    started = time.monotonic()
    await _delete(kube, child)
    while not await _is_back(kube, namespace):  # noqa: ASYNC110 - the client has no watch
        await asyncio.sleep(0.005)
    return time.monotonic() - started


async def _delete(kube: ApiKube, body: Body) -> None:
    meta = body["metadata"]
    await kube.delete(_SERVICE, meta["namespace"], meta["name"], uid=meta["uid"])


async def _is_back(kube: ApiKube, namespace: str) -> bool:
    try:
        await kube.get(_SERVICE, namespace, _CHILD)
    except NotFoundError:
        return False
    return True


def _bare(namespace: str) -> Body:
    return {
        "apiVersion": _SERVICE.api_version,
        "kind": _SERVICE.name,
        "metadata": {"name": "bare", "namespace": namespace},
        "spec": {"ports": [{"port": 1}], "clusterIP": "None"},
    }


def _requests(operator: OperatorProcess) -> tuple[float, float]:
    series = operator.series("podium_operator_api_requests_total")
    writes = {
        labels: count
        for labels, count in series.items()
        if 'verb="GET"' not in labels and 'resource="leases"' not in labels
    }
    return sum(series.values()), sum(writes.values())


def _told(seconds: list[float]) -> str:
    return f"p50 {1e3 * statistics.median(seconds):.0f} ms, worst {1e3 * max(seconds):.0f} ms"


def _count() -> int:
    parser = argparse.ArgumentParser(description="how fast a deleted child comes back")
    parser.add_argument("repairs", nargs="?", type=int, default=50, help="how many times (50)")
    count = int(parser.parse_args().repairs)
    if count < 1:
        parser.error("repairs must be 1 or more")
    return count


if __name__ == "__main__":
    end_with(main)
