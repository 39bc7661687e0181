"""Machines that are announced to be taken, and one more to go to, on a cluster of our own.

The other machine is a Node that nobody runs: pods are bound to it and never start, which is all
that a test of the operator's decision needs.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.cluster.operators import Site
from tests.devcluster.cluster import Cluster
from tests.devcluster.errors import KubectlError
from tests.support.patience import look_until

__all__ = [
    "GOING",
    "SPARE",
    "Notice",
    "await_machine",
    "by_condition",
    "by_taint",
    "machines_of",
    "spare",
]

GOING, SPARE = "node-0", "spare-machine"
_BEAT_SECONDS = 8.0
_ROOM = {"cpu": "16", "memory": "64Gi", "pods": "50"}


@dataclass(frozen=True, slots=True)
class Notice:
    """One way to announce a machine's end: how it is put on a node, and taken off again."""

    mark: str
    put: tuple[tuple[str, ...], ...]
    take: tuple[tuple[str, ...], ...]

    @contextmanager
    def on(self, cluster: Cluster) -> Iterator[None]:
        try:
            for command in self.put:
                cluster.kubectl(*command)
            yield
        finally:
            for command in self.take:
                cluster.kubectl(*command)


def by_taint(key: str) -> Notice:
    """As a termination handler does."""
    taint = ("taint", "nodes", GOING)
    return Notice(f"taint {key}", ((*taint, f"{key}=x:NoSchedule"),), ((*taint, f"{key}-"),))


def by_condition(kind: str) -> Notice:
    """As a node problem detector does; the cordon keeps successors off, as that of a drain."""
    return Notice(
        f"condition {kind}",
        (("cordon", GOING), _condition({"type": kind, "status": "True", "reason": "Test"})),
        (_condition({"type": kind, "$patch": "delete"}), ("uncordon", GOING)),
    )


@contextmanager
def spare(cluster: Cluster) -> Iterator[None]:
    """Have one more machine, closed at first, which says for as long that it is Ready."""
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": SPARE}}
    cluster.apply({**node, "spec": {"unschedulable": True}})
    try:
        _beat(cluster)
        with _beating(cluster):
            yield
    finally:
        cluster.kubectl("delete", "node", SPARE)


@contextmanager
def _beating(cluster: Cluster) -> Iterator[None]:
    """Keep it Ready: a node that is silent for 40 s is taken for lost, and its pods are evicted."""
    stop = threading.Event()

    def beat_on() -> None:
        while not stop.wait(_BEAT_SECONDS):
            with suppress(KubectlError):
                _beat(cluster)

    thread = threading.Thread(target=beat_on, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _beat(cluster: Cluster) -> None:
    # With no time of its own it would be as old as its last namesake to the node controller.
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    ready = {"type": "Ready", "status": "True", "reason": "Test", "message": ""}
    condition = {**ready, "lastHeartbeatTime": now, "lastTransitionTime": now}
    status = {"capacity": _ROOM, "allocatable": _ROOM, "conditions": [condition]}
    cluster.kubectl(*_status(SPARE, status))


def machines_of(site: Site, component: str) -> set[str]:
    """Return the machines of a component's pods that are not leaving."""
    selector = f"--selector=app.kubernetes.io/component={component}"
    found = site.cluster.kubectl_json("get", "pods", selector, namespace=site.namespace)
    return {
        pod["spec"].get("nodeName", "")
        for pod in found["items"]
        if "deletionTimestamp" not in pod["metadata"]
    }


def await_machine(site: Site, machine: str, *components: str) -> None:
    """Wait until the pods of these components that are not leaving are bound to one machine."""
    look_until(
        lambda: all(machines_of(site, one) == {machine} for one in components),
        f"{' and '.join(components)} on {machine}",
        every_seconds=0.5,
    )


def _condition(condition: dict[str, Any]) -> tuple[str, ...]:
    return _status(GOING, {"conditions": [condition]})


def _status(node: str, status: dict[str, Any]) -> tuple[str, ...]:
    patch = json.dumps({"status": status})
    return ("patch", "node", node, "--subresource=status", "--type=strategic", "-p", patch)
