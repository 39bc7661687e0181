"""Cron lines: whether one can be read, and what pools' schedules want at a moment.

Pure: the moment is handed in. A line is read by the clock of its own time zone, so that it moves
with summer time as its author expects.
"""

__all__ = ["fault_of", "floor_of"]

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from podium_operator.api.pools import Schedule

# A line that never fires is found out from here: any leap year is near.
_ANY_MOMENT: Final = datetime(2027, 1, 1, tzinfo=UTC)
_FIELDS: Final = 5


@lru_cache(maxsize=512)
def fault_of(cron: str, time_zone: str) -> str:
    """Field, fault and fix of a schedule that cannot be carried out; "" for a good one."""
    if len(cron.split()) != _FIELDS:
        return f"cron: {cron!r} has not five fields: write minute hour day month weekday"
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return f"timeZone: {time_zone!r} is not known: write a name such as Europe/Berlin"
    try:
        next(CronSim(cron, _ANY_MOMENT))
    except CronSimError as error:
        return f"cron: {cron!r} cannot be read ({error}): write as in 30 17 * * 5"
    except StopIteration:
        return f"cron: {cron!r} never comes: check day and month"
    return ""


def floor_of(schedules: Iterable[Schedule], moment: datetime) -> int:
    """The most pods that a schedule wants at this moment; 0 where none holds."""
    return max((one.pods for one in schedules if _holds(one, moment)), default=0)


def _holds(schedule: Schedule, moment: datetime) -> bool:
    """Whether it began within its own duration before the moment."""
    earliest = moment.astimezone(UTC) - timedelta(seconds=schedule.duration_seconds)
    return _next_beginning(schedule.cron, schedule.time_zone, earliest) <= moment


def _next_beginning(cron: str, time_zone: str, after: datetime) -> datetime:
    """The first beginning later than that: in an hour that comes twice the library looks back."""
    beginnings = CronSim(cron, after.astimezone(ZoneInfo(time_zone)))
    return next(one for one in beginnings if one > after)
