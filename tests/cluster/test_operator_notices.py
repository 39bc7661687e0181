"""A machine is announced to be taken: the operator has its pods leave, and they come up elsewhere.

On a real API server, scheduler and kubelet; with live streams: tests/e2e/test_leaving_machines.py.
"""

from collections.abc import Callable
from typing import Any

import pytest
from tests.cluster.machines import (
    GOING,
    SPARE,
    Notice,
    await_machine,
    by_condition,
    by_taint,
    machines_of,
    spare,
)
from tests.cluster.operators import Site
from tests.support.patience import look_until

# It marks a machine: on a cluster started here only.
pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("own_cluster")]

_BOTH = [
    pytest.param(by_taint("aws-node-termination-handler/spot-itn"), id="by a taint"),
    pytest.param(by_condition("PreemptScheduled"), id="by a condition"),
]


@pytest.mark.parametrize("notice", _BOTH)
def test_pods_leave_a_machine_that_is_announced_to_go(everywhere: Site, notice: Notice) -> None:
    site, cluster = everywhere, everywhere.cluster
    with site.operator("--scope=cluster") as operator:
        operator.leads()
        site.apply()
        _await(site, "statefulset", "home-node", _has_pods)
        _await(site, "deployment", "home-pool-cpu", _has_pods)
        site.settle(operator)
        await_machine(site, GOING, "transcoder", "node")
        with spare(cluster), notice.on(cluster):
            _await_word(site, "NoMachineLeft", notice)  # the other one is closed
            site.passes(operator, 2)
            assert machines_of(site, "transcoder") == machines_of(site, "node") == {GOING}

            cluster.kubectl("uncordon", SPARE)
            await_machine(site, SPARE, "transcoder", "node")

        assert machines_of(site, "queue") <= {GOING}, "the queue's server is not sent ahead"
        _await_word(site, "MachineLeaves", notice)
        assert operator.forbidden() == []
        site.kubectl("delete", "orchestrator", "home", "--wait=false")


def _await(site: Site, kind: str, name: str, condition: Callable[[Any], object]) -> None:
    site.wait(kind, name, condition, timeout_seconds=120)


def _has_pods(found: Any) -> bool:
    return bool(found) and bool((found.get("status") or {}).get("replicas"))


def _await_word(site: Site, reason: str, notice: Notice) -> None:
    """Wait for an Event of this notice: the operator hears of it by a watch, and then posts."""
    look_until(lambda: _told(site, reason), reason, every_seconds=0.5)
    assert _told(site, reason) == [notice.mark]


def _told(site: Site, reason: str) -> list[str]:
    """Return the marks that such Events name, each once."""
    selector = f"--field-selector=reason={reason}"
    found = site.cluster.kubectl_json("get", "events", selector, namespace=site.namespace)
    return sorted({one["message"].split("(")[1].split(")")[0] for one in found["items"]})
