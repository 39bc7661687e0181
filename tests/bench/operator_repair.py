"""How fast a deleted child comes back, and what an Orchestrator at rest costs.

    python -m tests.bench.operator_repair [REPAIRS]

Works on the cluster of `make up` or KUBECONFIG, with the chart's rights, in a namespace of its own.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.cluster.operators import Site
from tests.devcluster.cluster import connect
from tests.support.operator_process import OperatorProcess

from podium_operator.kube.client import ApiKube, load_configuration
from podium_operator.kube.errors import NotFoundError
from podium_operator.kube.kinds import kind_named

_SERVICE = kind_named("Service")
_REST_SECONDS = 30.0


async def measure_repairs(site: Site, count: int) -> list[float]:
    """Delete a Service so many times; returns the seconds until each is there again."""
    configuration = await load_configuration(str(site.cluster.kubeconfig))
    kube, times = ApiKube(configuration, field_manager="bench"), []
    for _ in range(count):
        uid = (await kube.get(_SERVICE, site.namespace, "home-node"))["metadata"]["uid"]
        started = time.monotonic()
        await kube.delete(_SERVICE, site.namespace, "home-node", uid=uid)
        while not await _is_back(kube, site.namespace):  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.005)
        times.append(time.monotonic() - started)
        await asyncio.sleep(0.3)
    await kube.close()
    return sorted(times)


def measure_rest(operator: OperatorProcess) -> tuple[float, float]:
    """Return requests and writes per second while nothing happens."""
    before = _requests(operator)
    time.sleep(_REST_SECONDS)
    after = _requests(operator)
    return tuple((a - b) / _REST_SECONDS for a, b in zip(after, before, strict=True))  # type: ignore[return-value]


async def _is_back(kube: ApiKube, namespace: str) -> bool:
    try:
        await kube.get(_SERVICE, namespace, "home-node")
    except NotFoundError:
        return False
    return True


def _requests(operator: OperatorProcess) -> tuple[float, float]:
    series = operator.series("podium_operator_api_requests_total")
    writes = {
        labels: count
        for labels, count in series.items()
        if 'verb="GET"' not in labels and 'resource="leases"' not in labels
    }
    return sum(series.values()), sum(writes.values())


def main() -> int:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    cluster = connect()
    with tempfile.TemporaryDirectory() as folder, cluster.namespace("bench") as namespace:
        site = Site(cluster, namespace, Path(folder))
        site.install()
        site.apply()
        with site.operator() as operator:
            site.settle(operator.leads())
            times = asyncio.run(measure_repairs(site, count))
            requests, writes = measure_rest(operator)
    print(f"repairs {count}: p50 {times[count // 2]:.3f} s, worst {times[-1]:.3f} s")
    print(f"at rest, one Orchestrator: {requests:.2f} requests/s, {writes:.2f} writes/s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
