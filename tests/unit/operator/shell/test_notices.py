"""What a Node's taints and conditions say of its end, and what may be a mark of it."""

from typing import Any

import pytest
from tests.unit.operator.shell.node_bodies import PREEMPTED, READY, node

from podium_operator.kube.kinds import kind_named
from podium_operator.machines import Machines
from podium_operator.notices import (
    CONDITIONS,
    TAINTS,
    Marks,
    Notice,
    is_open,
    mark_fault,
    notice_of,
)
from podium_operator.sightings import Sighting

SPOT = {"key": "aws-node-termination-handler/spot-itn", "effect": "NoSchedule", "value": "1"}


@pytest.mark.parametrize(
    ("body", "mark"),
    [
        pytest.param(node(), None, id="a machine that is well"),
        pytest.param({"metadata": {"name": "m1"}}, None, id="a machine that has said nothing yet"),
        pytest.param(node(taints=(SPOT,)), f"taint {SPOT['key']}", id="a spot notice by taint"),
        pytest.param(
            node(taints=({"key": SPOT["key"], "effect": "NoExecute"},)),
            f"taint {SPOT['key']}",
            id="whatever its effect, and without a value",
        ),
        pytest.param(
            node(taints=({"key": "nvidia.com/gpu", "effect": "NoSchedule"}, SPOT)),
            f"taint {SPOT['key']}",
            id="behind a taint that keeps others off",
        ),
        pytest.param(
            node(taints=({"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"},)),
            None,
            id="a cordon is no notice",
        ),
        pytest.param(
            node(taints=({"key": f"{SPOT['key']}-x", "effect": "NoSchedule"},)),
            None,
            id="a longer key",
        ),
        pytest.param(node(READY, PREEMPTED), "condition PreemptScheduled", id="by a condition"),
        pytest.param(
            node(READY, {**PREEMPTED, "status": "False"}), None, id="a condition that is False"
        ),
        pytest.param(
            node(READY, {**PREEMPTED, "status": "Unknown"}), None, id="a condition nobody knows of"
        ),
        pytest.param(
            node(READY, PREEMPTED, taints=(SPOT,)), f"taint {SPOT['key']}", id="by both: the taint"
        ),
    ],
)
def test_a_notice_is_what_a_mark_says(body: dict[str, Any], mark: str | None) -> None:
    assert notice_of(body, Marks()) == (None if mark is None else Notice("m1", mark))


def test_marks_of_ones_own_replace_the_usual_ones() -> None:
    own = Marks(frozenset({"example.com/leaving"}), frozenset())

    found = notice_of(node(taints=({"key": "example.com/leaving"},)), own)

    assert found == Notice("m1", "taint example.com/leaving")
    assert notice_of(node(READY, PREEMPTED, taints=(SPOT,)), own) is None


@pytest.mark.parametrize(
    ("body", "is_it"),
    [
        pytest.param(node(), True, id="a machine that is well"),
        pytest.param(node(unschedulable=True), False, id="cordoned"),
        pytest.param(node({**READY, "status": "Unknown"}), False, id="silent"),
        pytest.param({"metadata": {"name": "m1"}}, False, id="not heard of yet"),
        pytest.param(
            node(
                taints=({"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"},)
            ),
            False,
            id="the control plane's own",
        ),
        pytest.param(
            node(taints=({"key": "nvidia.com/gpu", "effect": "NoSchedule"},)),
            True,
            id="for those who tolerate its taint",
        ),
    ],
)
def test_a_machine_is_open_where_pods_may_come(body: dict[str, Any], *, is_it: bool) -> None:
    assert is_open(body) is is_it


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        *(pytest.param(mark, "", id=mark) for mark in (*TAINTS, *CONDITIONS)),
        pytest.param("example.com/leaving=now", "without a value", id="a key with a value"),
        pytest.param("example.com/leaving:NoSchedule", "or an effect", id="a key with an effect"),
        pytest.param("two words", "no key of a taint", id="two words"),
        pytest.param("Example.com/x", "no key of a taint", id="a domain in capitals"),
        pytest.param("Ready", "no pod could stay", id="what every machine says"),
        pytest.param("MemoryPressure", "no notice", id="what passes by"),
    ],
)
def test_what_cannot_be_a_mark_is_said_with_its_reason(mark: str, said: str) -> None:
    fault = mark_fault(mark)

    assert said in fault
    assert bool(fault) is bool(said)


def _see(machines: Machines, body: dict[str, Any], *, gone: bool = False) -> None:
    machines.see(Sighting(kind_named("Node"), body, gone))


def test_machines_come_get_their_notice_and_go() -> None:
    machines = Machines()
    _see(machines, node())
    assert machines.view().has_open

    _see(machines, node(READY, PREEMPTED))
    assert set(machines.view().notices) == {"m1"}
    assert not machines.view().has_open, "one that goes is no place to go to"

    _see(machines, node())
    assert (dict(machines.view().notices), machines.view().has_open) == ({}, True)

    _see(machines, node(READY, PREEMPTED))
    _see(machines, node(READY, PREEMPTED), gone=True)
    assert (dict(machines.view().notices), machines.view().has_open) == ({}, False)


def test_a_machine_made_again_outlives_its_namesakes_late_goodbye() -> None:
    machines = Machines()
    first, second = (
        node() | {"metadata": {"name": "m1", "uid": uid}} for uid in ("first", "second")
    )
    _see(machines, first)
    _see(machines, second)

    _see(machines, first, gone=True)
    assert machines.view().has_open

    _see(machines, second, gone=True)
    assert not machines.view().has_open
