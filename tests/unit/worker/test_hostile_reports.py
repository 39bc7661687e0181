"""Reports that nobody honest sends: a node that hears one goes on as if it had not come."""

import json
from typing import Any

import pytest

from podium_worker.node.admission import streams_served
from podium_worker.node.fleet import Fleet
from podium_worker.node.state import NodeState
from podium_worker.node.store import Store

CLASS = "h264/1280x720@30"
_ENDLESS = 10**400


def _transcoder(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "transcoder",
        "id": "t",
        "at": 1.0,
        "pool": "cpu",
        "slots": 8,
        "busy": 0,
        "classes": ["h264"],
        "service": {},
        "totals": {},
    } | changes


def _node(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "node",
        "id": "n",
        "at": 1.0,
        "sessions": 1,
        "maxSessions": 2,
        "streams": {},
        "waiting": {},
        "oldestWaitSeconds": 0.0,
        "totals": {},
    } | changes


def _capacity(**changes: Any) -> dict[str, Any]:
    pool = {
        "name": "cpu",
        "slotsPerPod": 1,
        "readyPods": 1,
        "desiredPods": 1,
        "maxPods": 4,
        "startupSeconds": 1.0,
    }
    return {"at": 1.0, "pools": [pool | changes]}


def _measured(segments: float, seconds: float) -> dict[str, Any]:
    return {CLASS: {"segments": segments, "slotSeconds": seconds}}


@pytest.fixture
def state() -> NodeState:
    """A node that has heard of one transcoder, at whose cost sixteen streams fit."""
    fleet = Fleet("me")
    fleet.hear_transcoder("", json.dumps(_transcoder(id="good", service=_measured(5, 5))).encode())
    return NodeState("me", fleet, Store(1000))


@pytest.mark.parametrize(
    "wire",
    [
        pytest.param(_transcoder(slots=_ENDLESS), id="slots without end"),
        pytest.param(_transcoder(slots=-5), id="fewer slots than none"),
        pytest.param(_transcoder(service=_measured(1, float("nan"))), id="a cost that is none"),
        pytest.param(_transcoder(service=_measured(1, float("inf"))), id="a cost without end"),
        pytest.param(_transcoder(service=_measured(1, -9)), id="a cost below nothing"),
        pytest.param(_transcoder(service=_measured(_ENDLESS, 1)), id="segments without end"),
        pytest.param(
            _transcoder(canary={CLASS: {"slotSeconds": 1e308, "segmentSeconds": 1e-300}}),
            id="a test of an age",
        ),
        pytest.param(
            _node(streams={CLASS: {"open": 1, "segmentSeconds": float("nan")}}),
            id="segments of no length",
        ),
        pytest.param(
            _node(streams={CLASS: {"open": _ENDLESS, "segmentSeconds": 2.0}}),
            id="streams without end",
        ),
        pytest.param(_capacity(maxPods=_ENDLESS), id="pods without end"),
        pytest.param(_capacity(slotsPerPod=-99), id="pods that take slots away"),
        pytest.param(_capacity(startupSeconds=float("nan")), id="a start that never is"),
    ],
)
def test_a_node_goes_on_as_if_it_had_not_come(state: NodeState, wire: dict[str, Any]) -> None:
    fleet, data = state.fleet, json.dumps(wire).encode()
    hear = {"node": fleet.hear_node, "transcoder": fleet.hear_transcoder}

    hear.get(wire.get("kind", ""), fleet.hear_capacity)("", data)
    state.check_discovery()

    assert (state.max_sessions(), state.usable_slots()) == (16, 8)
    assert state.snapshot([]).max_sessions == 16


def test_a_segment_that_costs_next_to_nothing_has_no_room_for_ever() -> None:
    assert streams_served(5e-321, 8) == 1_000_000
