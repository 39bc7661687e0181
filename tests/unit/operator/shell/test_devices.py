"""Devices that fail: what status remembers, and which Events a person gets."""

from collections.abc import Sequence
from typing import Any

import pytest

from podium_operator.devices import DeviceState, describe, failed_in, turns

GOOD = DeviceState("home-pool-gpu-a", "gpu0", pool="gpu")
BAD = DeviceState("home-pool-gpu-a", "gpu1", pool="gpu", failed="no decoder")
WORSE = DeviceState("home-pool-gpu-b", "gpu0", pool="gpu", failed="off the bus")
OTHERS = DeviceState("home-pool-l4-c", "gpu0", pool="l4", failed="too hot")


def _status(*failed: DeviceState) -> dict[str, Any]:
    pools = sorted({device.pool for device in failed})
    return {
        "pools": [
            {
                "name": pool,
                "failedDevices": [
                    {"pod": device.pod, "device": device.name, "reason": device.failed}
                    for device in failed
                    if device.pool == pool
                ],
            }
            for pool in pools
        ]
    }


FAILED = (
    "Warning",
    "DeviceFailed",
    "pod home-pool-gpu-a: gpu1 failed and takes no more segments: no decoder",
)
BACK = ("Normal", "DeviceRecovered", "pod home-pool-gpu-a: gpu1 works again")
WORKING = DeviceState(BAD.pod, BAD.name, pool=BAD.pool)


@pytest.mark.parametrize(
    ("shown", "devices", "told"),
    [
        pytest.param({}, [GOOD], [], id="nothing failed"),
        pytest.param({}, [GOOD, BAD], [FAILED], id="the first status ever"),
        pytest.param(_status(BAD), [GOOD, BAD], [], id="known already, by any leader"),
        pytest.param(_status(BAD), [GOOD, WORKING], [BACK], id="it works again"),
        pytest.param(_status(BAD), [GOOD], [], id="its pod says nothing of it any more"),
        pytest.param(_status(BAD), [], [], id="its pod has gone: that is no recovery"),
        pytest.param(_status(OTHERS), [OTHERS, BAD], [FAILED], id="another pool's is another"),
        pytest.param({"pools": [{"name": "gpu"}]}, [BAD], [FAILED], id="a status without devices"),
    ],
)
def test_a_device_is_told_of_when_it_fails_and_when_it_is_back(
    shown: dict[str, Any], devices: Sequence[DeviceState], told: Sequence[tuple[str, str, str]]
) -> None:
    assert list(turns(shown, devices)) == told


def test_a_sentence_names_the_first_and_counts_the_others() -> None:
    assert describe([GOOD]) == ""
    assert describe([WORSE, BAD]) == "pod home-pool-gpu-a: gpu1 failed: no decoder; and 1 more"


def test_what_status_shows_is_bounded_and_its_events_with_it() -> None:
    many = [
        DeviceState(f"home-pool-gpu-{n:04}", "gpu0", pool="gpu", failed="x") for n in range(500)
    ]

    shown = failed_in("gpu", many)

    assert len(shown) == 32
    assert len(turns({}, many)) == 32
    assert turns(_status(*shown), many) == ()
