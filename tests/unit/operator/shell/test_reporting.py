"""When a status is written, and what it looks like."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from podium_operator import checks
from podium_operator.devices import DeviceState
from podium_operator.load import LoadView
from podium_operator.reporting import LIVE_SECONDS, Report, compose, is_due, timestamp
from podium_operator.scaling import Bound, PoolDecision

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
POOL = PoolDecision(name="cpu", current=1, ready=1, pending=0, need=1, desired=2, bound=Bound.LOAD)
NODE = checks.PartState("home-node", desired=1, ready=1, updated=1)
LOAD = LoadView(age_seconds=1.0, sessions=3, max_sessions=8, backlog_seconds=4.04, busy={"cpu": 1})
LOST = DeviceState("home-pool-cpu-1", "cpu", pool="cpu", failed="no memory")
REPORT = Report(
    generation=3,
    verdicts=checks.conditions(checks.Observed(paused=False, node=NODE, queue=None, pools=())),
    image="example/worker:1",
    node=NODE,
    pools=(POOL,),
    load=LOAD,
    decision=None,
)


def _status(**changes: Any) -> dict[str, Any]:
    return compose(replace(REPORT, **changes), {}, now=NOW)


def test_a_status_tells_what_the_printer_columns_show() -> None:
    status = _status()

    assert status["summary"] == {
        "pods": "1/2",
        "nodes": "1/1",
        "sessions": "3/8",
        "backlog": "4.0s",
    }
    assert status["backlogSeconds"] == 4.0
    assert status["observedGeneration"] == 3
    assert status["pools"][0]["busy"] == 1
    assert len(status["conditions"]) == 5


def test_load_that_nobody_reported_is_a_dash() -> None:
    assert _status(load=LoadView())["summary"]["backlog"] == "-"


@pytest.mark.parametrize(
    ("changes", "seconds", "is_written"),
    [
        pytest.param({}, 1000, False, id="nothing changed"),
        pytest.param({"load": replace(LOAD, sessions=4)}, 1, False, id="a live number, too soon"),
        pytest.param({"load": replace(LOAD, sessions=4)}, LIVE_SECONDS, True, id="in its time"),
        pytest.param({"load": replace(LOAD, backlog_seconds=4.01)}, 99, False, id="rounded away"),
        pytest.param({"load": replace(LOAD, busy={})}, 1, False, id="busy slots, too soon"),
        pytest.param({"pools": (replace(POOL, ready=2),)}, 0, True, id="a pod became ready"),
        pytest.param({"pools": (replace(POOL, desired=3),)}, 0, True, id="a pool was scaled"),
        pytest.param({"load": replace(LOAD, devices=(LOST,))}, 0, True, id="a device failed"),
        pytest.param({"generation": 4}, 0, True, id="another spec was carried out"),
        pytest.param({"image": "example/worker:2"}, 0, True, id="another image runs"),
    ],
)
def test_when_a_status_is_written(
    changes: dict[str, Any], seconds: float, *, is_written: bool
) -> None:
    assert is_due(_status(**changes), _status(), seconds_since_write=seconds) is is_written


def test_a_pool_names_its_failed_devices() -> None:
    status = _status(load=replace(LOAD, devices=(LOST,)))

    assert status["pools"][0]["failedDevices"] == [
        {"pod": "home-pool-cpu-1", "device": "cpu", "reason": "no memory"}
    ]


def test_another_word_for_a_failure_is_not_worth_a_write() -> None:
    again = replace(LOST, failed="no memory at all")
    first, second = (_status(load=replace(LOAD, devices=(one,))) for one in (LOST, again))

    assert not is_due(second, first, seconds_since_write=1)


def test_dates_stay_where_nothing_turned() -> None:
    first = _status()

    second = compose(REPORT, first, now=datetime(2027, 1, 1, tzinfo=UTC))

    assert second == first


def test_times_are_written_as_kubernetes_does() -> None:
    assert timestamp(NOW) == "2026-01-02T03:04:05Z"
