"""From what is observed to conditions: which check speaks first, and in which words."""

from dataclasses import replace
from typing import Any

import pytest

from podium_operator.api.conditions import Condition, ConditionType, Status
from podium_operator.checks import Observed, PartState, conditions
from podium_operator.devices import DeviceState

NODE = PartState("home-node", desired=1, ready=1, updated=1)
QUEUE = PartState("home-queue", desired=3, ready=3, updated=3, minimum=2)
POOL = PartState("home-pool-cpu", desired=2, ready=2, updated=2)
DEVICE = DeviceState("home-pool-cpu-1", "cpu", pool="cpu")
LOST = DeviceState("home-pool-gpu-1", "gpu0", pool="gpu", failed="no decoder")
SOUND = Observed(
    paused=False,
    node=NODE,
    queue=QUEUE,
    pools=(POOL,),
    load_age_seconds=0.5,
    devices=(DEVICE,),
)


def _judged(**changes: Any) -> dict[ConditionType, Condition]:
    verdicts = conditions(replace(SOUND, **changes))
    return {verdict.type: verdict for verdict in verdicts}


def test_a_sound_orchestrator_is_ready_and_nothing_else() -> None:
    judged = _judged()

    assert {kind.value: verdict.status.value for kind, verdict in judged.items()} == {
        "Ready": "True",
        "Progressing": "False",
        "Degraded": "False",
        "Paused": "False",
        "DevicesHealthy": "True",
    }
    assert judged[ConditionType.READY].message == "nodes: 1 of 1 ready; transcoders: 2 of 2 ready"


@pytest.mark.parametrize(
    ("changes", "reason", "message"),
    [
        pytest.param(
            {"invalid": "spec.pools[0].slots: too many", "node": None},
            "InvalidSpec",
            "spec.pools[0].slots: too many",
            id="a spec that cannot be carried out speaks first",
        ),
        pytest.param(
            {"failure": "Deployment home-pool-cpu: forbidden"},
            "ApplyFailed",
            "Deployment home-pool-cpu: forbidden",
            id="the API server refused an object",
        ),
        pytest.param(
            {"queue": None}, "QueueNotReady", "the queue has not been seen yet", id="no queue yet"
        ),
        pytest.param(
            {"queue": replace(QUEUE, ready=1)},
            "QueueNotReady",
            "the queue has 1 of 3 ready",
            id="a queue without its quorum",
        ),
        pytest.param(
            {"node": replace(NODE, ready=0, trouble="ImagePullBackOff: no such image")},
            "NodeNotReady",
            "the node has 0 of 1 ready: ImagePullBackOff: no such image",
            id="no node, and why",
        ),
        pytest.param(
            {"pools": (replace(POOL, ready=0),)},
            "NoTranscoder",
            "no transcoder is ready: home-pool-cpu has 0 of 2",
            id="no transcoder",
        ),
    ],
)
def test_what_stands_in_the_way_is_the_reason(
    changes: dict[str, Any], reason: str, message: str
) -> None:
    ready = _judged(**changes)[ConditionType.READY]

    assert (ready.status, ready.reason, ready.message) == (Status.FALSE, reason, message)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param(
            {"pools": (replace(POOL, trouble="CrashLoopBackOff: back-off"),)},
            "PodTrouble",
            id="a pod in trouble",
        ),
        pytest.param({"devices": (DEVICE, LOST)}, "DevicesUnhealthy", id="a lost device"),
        pytest.param({"load_age_seconds": 15.1}, "LoadStale", id="a silent load"),
        pytest.param({"queue": replace(QUEUE, ready=2)}, "Reduced", id="a lost queue server"),
        pytest.param({"at_max": ("cpu",)}, "AtMaximum", id="more load than the maximum"),
    ],
)
def test_what_still_serves_is_ready_and_degraded(changes: dict[str, Any], reason: str) -> None:
    judged = _judged(**changes)

    assert judged[ConditionType.DEGRADED].reason == reason
    assert judged[ConditionType.READY].status == Status.TRUE
    assert judged[ConditionType.READY].reason == "Degraded"
    assert judged[ConditionType.READY].message == judged[ConditionType.DEGRADED].message


@pytest.mark.parametrize(
    ("devices", "status", "reason", "message"),
    [
        pytest.param((DEVICE,), Status.TRUE, "Healthy", "every device works", id="all work"),
        pytest.param(
            (DEVICE, LOST),
            Status.FALSE,
            "DeviceFailed",
            "pod home-pool-gpu-1: gpu0 failed: no decoder",
            id="one is lost",
        ),
        pytest.param(
            (),
            Status.UNKNOWN,
            "NotReported",
            "no transcoder has reported its devices",
            id="nobody has spoken: unknown is not healthy",
        ),
    ],
)
def test_devices_are_judged_by_what_their_pods_say(
    devices: tuple[DeviceState, ...], status: Status, reason: str, message: str
) -> None:
    verdict = _judged(devices=devices)[ConditionType.DEVICES_HEALTHY]

    assert (verdict.status, verdict.reason, verdict.message) == (status, reason, message)


def test_a_lost_device_is_seen_behind_a_worse_fault() -> None:
    judged = _judged(devices=(LOST,), failure="Deployment home-pool-cpu: forbidden")

    assert judged[ConditionType.DEGRADED].reason == "ApplyFailed"
    assert judged[ConditionType.DEVICES_HEALTHY].reason == "DeviceFailed"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"load_age_seconds": None}, id="an operator that only begins to listen"),
        pytest.param({"external_queue": True, "queue": None}, id="a queue of somebody else's"),
        pytest.param(
            {"pools": (replace(POOL, desired=0, ready=0, updated=0),)}, id="a pool at zero"
        ),
        pytest.param({"pools": (POOL, replace(POOL, ready=0))}, id="one pool of two ready"),
    ],
)
def test_what_is_no_fault_leaves_it_ready(changes: dict[str, Any]) -> None:
    assert _judged(**changes)[ConditionType.READY].reason == "Ready"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param(
            {"node": replace(NODE, current=False)}, "RollingOut", id="a template not seen yet"
        ),
        pytest.param({"queue": replace(QUEUE, updated=1)}, "RollingOut", id="a rollout half done"),
        pytest.param({"pools": (replace(POOL, ready=1),)}, "Scaling", id="a pod still starting"),
    ],
)
def test_what_is_on_its_way_is_progressing(changes: dict[str, Any], reason: str) -> None:
    progressing = _judged(**changes)[ConditionType.PROGRESSING]

    assert (progressing.status, progressing.reason) == (Status.TRUE, reason)


def test_a_rollout_is_not_a_loss() -> None:
    judged = _judged(queue=replace(QUEUE, ready=2, updated=1))

    assert judged[ConditionType.DEGRADED].status == Status.FALSE


def test_pause_is_shown_while_it_serves() -> None:
    judged = _judged(paused=True)

    assert judged[ConditionType.PAUSED].status == Status.TRUE
    assert judged[ConditionType.READY].status == Status.TRUE
    assert judged[ConditionType.READY].reason == "Paused"


def test_pause_does_not_hide_what_stands_in_the_way() -> None:
    assert _judged(paused=True, node=None)[ConditionType.READY].reason == "NodeNotReady"
