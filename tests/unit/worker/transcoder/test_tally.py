"""What a transcoder says of itself, counted by a clock that stands still."""

from podium_worker.load import Canary
from podium_worker.transcoder.tally import Tally


class Clock:
    """Time by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_taken_slots_are_counted_by_their_time_while_they_work() -> None:
    clock = Clock()
    tally = Tally("t", "cpu", 2, clock=clock)
    tally.begin()
    clock.now += 2
    tally.begin()
    clock.now += 1
    so_far = tally.snapshot().totals.busy_slot_seconds
    tally.end()
    clock.now += 4
    tally.end()
    clock.now += 50

    assert so_far == 4.0
    assert tally.snapshot().totals.busy_slot_seconds == 8.0
    assert tally.snapshot().busy == 0


def test_the_first_snapshot_carries_what_the_start_up_test_measured() -> None:
    tally = Tally("t", "cpu", 1)
    tally.canary = {"h264/640x360@30": Canary(slot_seconds=0.2, segment_seconds=1.0)}

    first = tally.snapshot()

    assert first.canary == tally.canary
    assert first.service == {}
