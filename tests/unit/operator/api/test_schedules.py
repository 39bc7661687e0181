"""Cron lines: what they want at a moment, and what is said of one that cannot be read."""

from datetime import UTC, datetime

import pytest
from tests.unit.operator.desired.samples import orchestrator

from podium_operator.api.pools import Schedule
from podium_operator.api.schedules import floor_of
from podium_operator.errors import InvalidSpecError

EVENING = Schedule(cron="0 17 * * *", time_zone="Europe/Berlin", duration_seconds=3600, pods=6)
NIGHT = Schedule(cron="30 2 * * *", time_zone="Europe/Berlin", duration_seconds=600, pods=4)
WEEKEND = Schedule(cron="0 0 * * SAT", duration_seconds=172_800, pods=3)


@pytest.mark.parametrize(
    ("moment", "pods"),
    [
        pytest.param("2026-07-01T14:59:59", 0, id="a second before"),
        pytest.param("2026-07-01T15:00:00", 6, id="at once, by its own zone's summer time"),
        pytest.param("2026-07-01T15:59:59", 6, id="until its duration is over"),
        pytest.param("2026-07-01T16:00:00", 0, id="and not longer"),
        pytest.param("2026-12-01T15:30:00", 0, id="an hour later in winter: not yet"),
        pytest.param("2026-12-01T16:30:00", 6, id="an hour later in winter: now"),
        pytest.param("2026-07-05T23:59:00", 3, id="over days"),
        pytest.param("2026-07-04T15:30:00", 6, id="of two the most counts"),
    ],
)
def test_schedules_want_pods_at_their_time(moment: str, pods: int) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)

    assert floor_of([EVENING, WEEKEND], at) == pods


@pytest.mark.parametrize(
    ("moment", "pods"),
    [
        pytest.param("2026-10-25T00:35:00", 4, id="in the hour that comes twice: the first time"),
        pytest.param("2026-10-25T01:15:00", 0, id="and not when that hour begins again"),
        pytest.param("2026-10-25T01:35:00", 0, id="nor the second time"),
        pytest.param("2026-10-26T01:35:00", 4, id="and on the next day as ever"),
        pytest.param("2026-03-29T00:59:59", 0, id="before the hour that is left out"),
        pytest.param("2026-03-29T01:05:00", 4, id="instead of it"),
    ],
)
def test_a_night_with_another_clock_has_the_schedule_once(moment: str, pods: int) -> None:
    assert floor_of([NIGHT], datetime.fromisoformat(moment).replace(tzinfo=UTC)) == pods


def test_without_schedules_nothing_is_wanted() -> None:
    assert floor_of([], datetime(2026, 1, 1, tzinfo=UTC)) == 0


@pytest.mark.parametrize(
    ("cron", "zone", "message"),
    [
        pytest.param("0 0 0 * *", "UTC", "cron: '0 0 0 * *' cannot be read", id="no such day"),
        pytest.param("* * * * * *", "UTC", "has not five fields", id="seconds"),
        pytest.param("@midnight", "UTC", "has not five fields", id="a word"),
        pytest.param("0 17 * * *", "Mars/Base", "timeZone: 'Mars/Base' is not known", id="zone"),
        pytest.param("0 17 * * *", "/etc/passwd", "is not known", id="a path is no zone"),
    ],
)
def test_a_schedule_that_cannot_be_read_is_named_with_its_fix(
    cron: str, zone: str, message: str
) -> None:
    schedule = {"cron": cron, "timeZone": zone, "durationSeconds": 60, "pods": 1}
    pool = {"name": "cpu", "hardware": {"type": "cpu"}, "scale": {"schedules": [schedule]}}

    with pytest.raises(InvalidSpecError) as refusal:
        orchestrator(pools=[pool])

    assert "spec.pools[0].scale.schedules[0]." in str(refusal.value)
    assert message in str(refusal.value)
