"""Every field of `pools[].scale`, from the resource to the pods: none is in vain."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.unit.operator.desired.samples import objects, orchestrator
from tests.unit.operator.scaling.cases import FRESH, LADDER, SEASONED

from podium_operator.api.pools import Scale, Schedule
from podium_operator.load import LoadView
from podium_operator.observe import Moment, scaling_inputs
from podium_operator.scaling import ClassDemand, Service, Window, decide
from podium_operator.sightings import Sighted

_FRIDAY_NOON = datetime(2026, 7, 3, 12, 0, tzinfo=UTC)
_SERVICE = {LADDER: Service(0.6, 0.8)}
_LATELY_TWENTY = {
    "current": 20,
    "window": Window(started_at=-1e6, needs={"gpu": ((-100.0, 20),)}),
}
_NOON = {"cron": "0 12 * * *", "durationSeconds": 3600, "pods": 20}
_PRICED = {"costUsdPerHour": "1"}
_SLOW = {"startupSeconds": 90}
_FAST = {"role": "overflow", "min": 0, "startupSeconds": 15}
_DEAR = {"costUsdPerHour": "1", "surgePercent": 100}

Scales = list[dict[str, Any]]


def _pool(name: str, scale: Mapping[str, Any]) -> dict[str, Any]:
    whole = {"min": 1, "max": 60} | dict(scale)
    return {"name": name, "hardware": {"type": "nvidia"}, "slots": 8, "scale": whole}


def _pods(
    scales: Scales,
    *,
    streams: int = 30,
    waiting: float = 0.0,
    current: int = 1,
    window: Window = SEASONED,
) -> list[int]:
    """What is wanted of the pools gpu, second with these scales, gpu at `current` pods."""
    pools = [_pool(name, scale) for name, scale in zip(("gpu", "second"), scales, strict=False)]
    load = LoadView(
        sources=FRESH,
        demand=(ClassDemand(LADDER, streams, 2.0, waiting),),
        service={"gpu": _SERVICE},
    )
    moment = Moment(0.0, _FRIDAY_NOON, {}, {"gpu": current})
    inputs = scaling_inputs(orchestrator(pools=pools), Sighted(), load, moment=moment)
    decision, _ = decide(inputs, window=window)
    return [pool.desired for pool in decision.pools]


def _scheduled(**changes: Any) -> dict[str, Any]:
    return {"schedules": [_NOON | changes]}


_HALF_PAST = {"cron": "30 11 * * *"}
# By field: with one value, with another, and what is wanted of the pools by either.
_CASES: dict[str, tuple[Scales, Scales, dict[str, Any], list[int], list[int]]] = {
    "min": ([{}], [{"min": 5}], {"streams": 0}, [1], [5]),
    "max": ([{"max": 3}], [{"max": 12}], {"streams": 300}, [3], [12]),
    "role": ([_SLOW, _FAST], [_SLOW, _FAST | {"role": "base"}], {"streams": 200}, [8, 8], [8, 0]),
    "targetBacklogSeconds": (
        [{"startupSeconds": 1}],
        [{"startupSeconds": 1, "targetBacklogSeconds": 20}],
        {"waiting": 200},
        [14],
        [3],
    ),
    "inWindowSeconds": ([{}], [{"inWindowSeconds": 60}], _LATELY_TWENTY, [20], [18]),
    "surgePercent": ([{}], [{"surgePercent": 50}], {"streams": 200}, [8], [12]),
    "startupSeconds": (
        [{"startupSeconds": 1}],
        [{"startupSeconds": 100}],
        {"waiting": 200},
        [14],
        [2],
    ),
    "streamsPerPod": ([{}], [{"streamsPerPod": 4}], {}, [2], [8]),
    "costUsdPerHour": (
        [_PRICED, _PRICED | {"costUsdPerHour": "2"}],
        [_PRICED, _PRICED | {"costUsdPerHour": "0.5"}],
        {},
        [2, 1],
        [1, 2],
    ),
    "standbyUsdPerHour": (
        [_SLOW | _DEAR, _FAST],
        [_SLOW | _DEAR, _FAST | {"standbyUsdPerHour": "9"}],
        {"streams": 200},
        [8, 8],
        [16, 0],
    ),
    "schedules": ([{}], [_scheduled()], {}, [2], [20]),
    "schedules.cron": ([_scheduled()], [_scheduled(cron="0 12 * * SAT")], {}, [20], [2]),
    "schedules.timeZone": ([_scheduled()], [_scheduled(timeZone="Asia/Tokyo")], {}, [20], [2]),
    "schedules.durationSeconds": (
        [_scheduled(**_HALF_PAST)],
        [_scheduled(**_HALF_PAST, durationSeconds=60)],
        {},
        [20],
        [2],
    ),
    "schedules.pods": ([_scheduled()], [_scheduled(pods=7)], {}, [20], [7]),
}


@pytest.mark.parametrize(
    ("one", "other", "moment", "by_one", "by_other"), _CASES.values(), ids=_CASES
)
def test_a_field_makes_a_difference(
    one: Scales, other: Scales, moment: Any, by_one: list[int], by_other: list[int]
) -> None:
    assert (_pods(one, **moment), _pods(other, **moment)) == (by_one, by_other)


@pytest.mark.parametrize(("mode", "is_said"), [("Native", True), ("External", False)])
def test_mode_says_whose_the_number_is(mode: str, *, is_said: bool) -> None:
    subject = orchestrator(pools=[_pool("gpu", {"mode": mode})])

    deployment = objects(subject)[("Deployment", "home-pool-gpu")]

    assert ("replicas" in deployment["spec"]) is is_said


def test_no_field_is_left_out_here() -> None:
    fields = {field.alias for field in Scale.model_fields.values()}
    within = {f"schedules.{field.alias}" for field in Schedule.model_fields.values()}

    assert {*_CASES, "mode"} == fields | within
