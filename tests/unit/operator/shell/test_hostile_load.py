"""Reports that nobody honest sends: whatever one says, its Orchestrator goes on being kept."""

from typing import Any

import pytest
from tests.unit.operator.shell.world import HD, World

_LARGEST = 2**53


def _transcoder(**changes: Any) -> dict[str, Any]:
    return {"kind": "transcoder", "id": "t", "pool": "cpu", "slots": 1} | changes


def _node(**changes: Any) -> dict[str, Any]:
    return {"kind": "node", "id": "home-node-0"} | changes


def _streams(count: int, *, seconds: float = 2.0) -> dict[str, Any]:
    return {HD: {"open": count, "segmentSeconds": seconds}}


@pytest.mark.parametrize(
    "reports",
    [
        pytest.param([_transcoder(slots=5000)], id="more slots than any pod has"),
        pytest.param([_transcoder(slots=_LARGEST, busy=_LARGEST)], id="slots without end"),
        pytest.param([_node(streams=_streams(1_000_000))], id="a million streams"),
        pytest.param([_node(streams=_streams(_LARGEST, seconds=1e-300))], id="endless haste"),
        pytest.param(
            [_node(waiting={HD: {"segments": 1, "seconds": 1e12, "slotSeconds": 1e12}})],
            id="an age of waiting",
        ),
        pytest.param(
            [
                _transcoder(service={HD: {"segments": number, "slotSeconds": seconds}})
                for number, seconds in ((1, 1e12), (_LARGEST, 0.0), (0, 1e-300), (3, 1e12))
            ],
            id="slot times from nothing to an age",
        ),
        pytest.param(
            [
                _node(totals={"received": count, "answered": count, "refused": {"Capped": count}})
                for count in (0, _LARGEST, 0, _LARGEST)
            ],
            id="counters that leap and fall",
        ),
        pytest.param(
            [_node(id=f"n{number}", sessions=_LARGEST) for number in range(40)], id="a crowd"
        ),
        pytest.param([_transcoder(pool="nobody's")], id="a pool that is not there"),
    ],
)
async def test_whatever_is_reported_the_keeper_goes_on(
    world: World, reports: list[dict[str, Any]]
) -> None:
    await world.settle()

    for report in reports:
        world.report(report)
        await world.step()
        assert world.keeper._failures == 0
    await world.step(seconds=61)

    assert world.keeper._failures == 0
