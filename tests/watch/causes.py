"""One command, or two, that make an alert true on a running Orchestrator, and take it back.

Only the Orchestrator of the drill is touched, and the operator that was installed for it.
"""

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.devcluster.errors import ClusterError
from tests.e2e.places import LADDER
from tests.gateway.errors import GatewayError
from tests.watch.rubbish import send_rubbish
from tests.watch.world import World

__all__ = [
    "another_address",
    "crashing_pod",
    "idle",
    "leaving_pod",
    "no_budget",
    "no_node",
    "no_operator",
    "no_queue",
    "no_rights",
    "no_transcoders",
    "nowhere_to_go",
    "overload",
    "rubbish",
    "starved_pool",
]

_MOST = "/spec/pools/0/scale/max"
_SELECTOR = "/spec/pools/0/nodeSelector"
_MANY = 12
_ASK_AGAIN_SECONDS = 0.5
_FINALIZER = "podium.test/held"
_CGROUPS = Path("/sys/fs/cgroup")
_LITTLE = {"cpu.max": "5000 100000", "cpu.cfs_quota_us": "5000"}  # a twentieth of a core


@asynccontextmanager
async def idle(_world: World) -> AsyncIterator[None]:
    """Do nothing."""
    yield


@asynccontextmanager
async def overload(world: World) -> AsyncIterator[None]:
    """Send more streams than one pod can take, and allow for no other pod."""
    await world.edit(_MOST, 1)
    async with _full_house(world):
        yield
    await world.edit(_MOST, 2)


@asynccontextmanager
async def no_budget(world: World) -> AsyncIterator[None]:
    """Send streams for several pods, and pay for one."""
    await world.patch('{"spec": {"budgetUsdPerHour": "0.10"}}')
    async with _full_house(world):
        yield
    await world.patch('{"spec": {"budgetUsdPerHour": null}}')


@asynccontextmanager
async def rubbish(world: World) -> AsyncIterator[None]:
    """Send segments that nobody can transcode, one after the other."""
    sending = asyncio.create_task(_send_rubbish_on_and_on(world))
    try:
        yield
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


async def _send_rubbish_on_and_on(world: World) -> None:
    while True:
        await send_rubbish(world.gateway)
        await asyncio.sleep(_ASK_AGAIN_SECONDS)


@asynccontextmanager
async def starved_pool(world: World) -> AsyncIterator[None]:
    """Leave transcoders a twentieth of a core each, while streams run and no other pod may come."""
    await world.edit(_MOST, 1)
    async with world.streams(2) as recorder:
        await recorder.more(3, within_seconds=120)
        with contextlib.ExitStack() as squeezed:
            for pod in await _pods(world, "transcoder"):
                squeezed.enter_context(_squeezed(pod))
            yield
    await world.edit(_MOST, 2)


@asynccontextmanager
async def no_queue(world: World) -> AsyncIterator[None]:
    """Take the queue away under live streams; paused, the operator does not bring it back."""
    async with world.streams(1) as recorder:
        await recorder.more(2, within_seconds=120)
        async with _scaled_away(world, f"statefulset/{world.home.name}-queue"):
            yield


@asynccontextmanager
async def no_transcoders(world: World) -> AsyncIterator[None]:
    """Take every transcoder away."""
    async with _scaled_away(world, f"deployment/{world.home.deployment}"):
        yield


@asynccontextmanager
async def no_node(world: World) -> AsyncIterator[None]:
    """Take the node away: its address stays, and nobody answers there."""
    async with _scaled_away(world, f"statefulset/{world.home.name}-node"):
        yield


@asynccontextmanager
async def another_address(world: World) -> AsyncIterator[None]:
    """Advertise an address whose node names another one: the spec changes, the node does not."""
    address = f"https://{world.home.name}.{world.home.namespace}.svc:8935"
    spec = {"paused": True, "node": {"advertisedAddress": address}}
    await world.patch(json.dumps({"spec": spec}))
    yield
    await world.patch('{"spec": {"paused": false, "node": {"advertisedAddress": null}}}')


@asynccontextmanager
async def nowhere_to_go(world: World) -> AsyncIterator[None]:
    """Ask for machines that do not exist."""
    await world.edit(_SELECTOR, {"podium.test/nowhere": "true"})
    yield
    await world.edit(_SELECTOR, {})


@asynccontextmanager
async def leaving_pod(world: World) -> AsyncIterator[None]:
    """Delete a transcoder that never goes."""
    pod = world.home.pods("transcoder")[0]
    held = json.dumps({"metadata": {"finalizers": [_FINALIZER]}})
    await world.kubectl("patch", "pod", pod, "--type=merge", f"--patch={held}")
    await world.kubectl("delete", "pod", pod, "--grace-period=1", "--wait=false")
    yield
    await world.kubectl(
        "patch", "pod", pod, "--type=merge", '--patch={"metadata":{"finalizers":[]}}'
    )


@asynccontextmanager
async def crashing_pod(world: World) -> AsyncIterator[None]:
    """Kill a transcoder's processes three times; its sandbox, and with it its address, stays."""
    pod = (await _pods(world, "transcoder"))[0]
    for restarts in range(1, 4):
        for pid in _processes(pod):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await asyncio.to_thread(_until_running, world, pod["metadata"]["name"], restarts)
    yield


@asynccontextmanager
async def no_rights(world: World) -> AsyncIterator[None]:
    """Take the operator's rights away, apart from those to its Lease."""
    own = ("clusterrolebinding", "--selector=app.kubernetes.io/instance=podium")
    listing = json.loads(await world.kubectl("get", *own, "-o", "json", operator=True))
    bindings: list[dict[str, Any]] = listing["items"]
    for binding in bindings:
        for stamp in ("uid", "resourceVersion", "creationTimestamp", "managedFields"):
            binding["metadata"].pop(stamp, None)
    await world.kubectl("delete", *own, operator=True)
    try:
        # A change that must be carried out, so that a pass fails.
        await world.patch('{"spec": {"node": {"drainSeconds": 74}}}')
        yield
    finally:
        await asyncio.to_thread(world.home.cluster.apply, bindings)


@asynccontextmanager
async def no_operator(world: World) -> AsyncIterator[None]:
    """Take every replica of the operator away."""
    await world.kubectl("scale", "deployment/podium", "--replicas=0", operator=True)
    yield
    await world.kubectl("scale", "deployment/podium", "--replicas=1", operator=True)
    await world.kubectl("rollout", "status", "deployment/podium", operator=True)


@asynccontextmanager
async def _full_house(world: World) -> AsyncIterator[None]:
    """Fill what there is with streams, and have further gateways ask all the time.

    A stream of ours that was refused waits long before it asks again; a network of gateways does
    not, and demand that is no longer asked for is none.
    """
    async with world.streams(_MANY) as recorder:
        await recorder.more(1, within_seconds=120)
        asking = asyncio.create_task(_ask_for_room(world))
        try:
            yield
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)


async def _ask_for_room(world: World) -> None:
    """Ask for a session again and again; one that is granted is given back."""
    while True:
        with contextlib.suppress(GatewayError):
            await world.gateway.end(await world.gateway.discover(LADDER))
        await asyncio.sleep(_ASK_AGAIN_SECONDS)


@asynccontextmanager
async def _scaled_away(world: World, workload: str) -> AsyncIterator[None]:
    await world.patch('{"spec": {"paused": true}}')
    # A pass that is under way would bring back at once what is taken away before it ends.
    own = f"orchestrators.podium.video/{world.home.name}"
    await world.kubectl("wait", "--for=condition=Paused", own, "--timeout=60s")
    await world.kubectl("scale", workload, "--replicas=0")
    yield
    await world.kubectl("scale", workload, "--replicas=1")
    await world.patch('{"spec": {"paused": false}}')


@contextlib.contextmanager
def _squeezed(pod: dict[str, Any]) -> Iterator[None]:
    """Hold each container of a pod to a twentieth of a core; one that is gone needs no release."""
    limits = list(_limits(pod))
    if not limits:
        raise ClusterError(f"no cgroup of {pod['metadata']['name']} has a limit of CPU")
    before = {limit: limit.read_text() for limit, _ in limits}
    for limit, little in limits:
        limit.write_text(little)
    try:
        yield
    finally:
        for limit, text in before.items():
            with contextlib.suppress(OSError):
                limit.write_text(text)


def _limits(pod: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    """Yield files that bound a container's CPU, and what to write.

    Containers, not the pod: older cgroups let no parent have less than its children.
    """
    for name, little in _LITTLE.items():
        for limit in _CGROUPS.glob(f"**/pod{pod['metadata']['uid']}/*/{name}"):
            yield limit, little


def _processes(pod: dict[str, Any]) -> list[int]:
    listings = _CGROUPS.glob(f"**/pod{pod['metadata']['uid']}/**/cgroup.procs")
    pids = [int(pid) for listing in listings for pid in listing.read_text().split()]
    return [pid for pid in pids if _program(pid) not in {"pause", ""}]


def _program(pid: int) -> str:
    """Return what a process runs, "" where it has ended meanwhile."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


async def _pods(world: World, component: str) -> list[dict[str, Any]]:
    selector = f"app.kubernetes.io/component={component}"
    listing = await world.kubectl("get", "pods", f"--selector={selector}", "-o", "json")
    pods: list[dict[str, Any]] = json.loads(listing)["items"]
    return [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]


def _until_running(world: World, pod: str, restarts: int) -> None:
    world.home.cluster.wait_for(
        "pod",
        pod,
        lambda found: found is None or _runs_again(found, restarts),
        namespace=world.home.namespace,
        timeout_seconds=120,
    )


def _runs_again(pod: dict[str, Any], restarts: int) -> bool:
    statuses = pod.get("status", {}).get("containerStatuses", [])
    return any(one["restartCount"] >= restarts and one["ready"] for one in statuses)
