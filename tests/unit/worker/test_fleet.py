"""What a node believes of the others: only what is fresh, and only what was measured lately."""

import pytest
from tests.support.clock import Clock

from podium_worker.load import (
    STALE_SECONDS,
    Canary,
    NodeLoad,
    NodeTotals,
    Service,
    TranscoderLoad,
    TranscoderTotals,
)
from podium_worker.node.fleet import Fleet


def snapshot(
    name: str = "t",
    *,
    segments: int = 0,
    seconds: float = 0.0,
    gone: bool = False,
    draining: bool = False,
    classes: tuple[str, ...] = ("h264",),
) -> bytes:
    return TranscoderLoad(
        id=name,
        draining=draining,
        at=0,
        pool="cpu",
        gone=gone,
        slots=2,
        busy=0,
        classes=classes,
        service={"a": Service(segments=segments, slot_seconds=seconds)} if segments else {},
        totals=TranscoderTotals(),
    ).encode()


@pytest.fixture
def clock() -> Clock:
    return Clock(0.0)


@pytest.fixture
def fleet(clock: Clock) -> Fleet:
    return Fleet("me", clock)


def test_a_silent_transcoder_is_not_counted(fleet: Fleet, clock: Clock) -> None:
    fleet.hear_transcoder("", snapshot())
    clock.now = STALE_SECONDS + 1

    assert fleet.transcoders() == []


def test_a_transcoder_that_says_goodbye_is_gone_at_once(fleet: Fleet) -> None:
    fleet.hear_transcoder("", snapshot())
    fleet.hear_transcoder("", snapshot(gone=True))

    assert fleet.transcoders() == []


def test_the_classes_are_those_of_all_transcoders(fleet: Fleet) -> None:
    fleet.hear_transcoder("", snapshot("a", classes=("h264",)))
    fleet.hear_transcoder("", snapshot("b", classes=("h264", "other-h264")))
    fleet.hear_transcoder("", snapshot("c", classes=("deep-h264",), draining=True))

    assert fleet.classes() == {"h264", "other-h264"}


def test_a_class_goes_with_its_last_transcoder(fleet: Fleet) -> None:
    fleet.hear_transcoder("", snapshot("a", classes=("h264",)))
    fleet.hear_transcoder("", snapshot("b", classes=("h264-h265",)))
    fleet.hear_transcoder("", snapshot("b", gone=True))

    assert fleet.classes() == {"h264"}


def test_classes_stay_while_all_are_silent(fleet: Fleet, clock: Clock) -> None:
    fleet.hear_transcoder("", snapshot(classes=("h264", "h264-h265")))
    known = fleet.classes()
    clock.now = STALE_SECONDS + 1

    assert fleet.classes() == known


def test_before_any_transcoder_plain_jobs_are_taken(fleet: Fleet) -> None:
    assert fleet.classes() == {"h264"}


def test_a_class_that_no_queue_carries_is_not_counted_on(fleet: Fleet) -> None:
    fleet.hear_transcoder("", snapshot(classes=("h264", "h264-vp9")))

    assert fleet.classes() == {"h264"}


def test_a_slow_beginning_is_forgotten(fleet: Fleet, clock: Clock) -> None:
    fleet.hear_transcoder("", snapshot(segments=10, seconds=50.0))
    for clock.now in range(1, 121):
        fleet.hear_transcoder("", snapshot(segments=10 + int(clock.now), seconds=50.0 + clock.now))

    assert fleet.costs().segment_slot_seconds("a", 2.0) == pytest.approx(1.0)


def test_a_new_transcoders_start_up_test_is_believed_at_once(fleet: Fleet) -> None:
    load = TranscoderLoad.model_validate_json(snapshot())
    tried = {"h264/640x360@30": Canary(slot_seconds=0.3, segment_seconds=1.0)}

    fleet.hear_transcoder("", load.model_copy(update={"canary": tried}).encode())

    assert fleet.costs().stream_slots("h264/640x360@30", 2.0) == pytest.approx(0.3)


def test_without_news_the_old_measurement_stands(fleet: Fleet, clock: Clock) -> None:
    for clock.now in range(100):
        fleet.hear_transcoder("", snapshot(segments=10, seconds=50.0))

    assert fleet.costs().segment_slot_seconds("a", 2.0) == pytest.approx(5.0)


def test_the_operator_s_word_becomes_stale(fleet: Fleet, clock: Clock) -> None:
    fleet.hear_capacity("", b'{"at": 1.0, "pools": []}')
    assert fleet.capacity() is not None

    clock.now = STALE_SECONDS + 1

    assert fleet.capacity() is None


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"\xff", b'{"kind": "node"}'])
def test_messages_nobody_understands_change_nothing(fleet: Fleet, data: bytes) -> None:
    fleet.hear_transcoder("", data)
    fleet.hear_node("", data)
    fleet.hear_capacity("", data)

    assert (fleet.transcoders(), fleet.nodes(), fleet.capacity()) == ([], [], None)


def neighbour(name: str, *, sessions: int = 0, draining: bool = False) -> bytes:
    load = NodeLoad(
        id=name,
        at=0.0,
        draining=draining,
        sessions=sessions,
        max_sessions=8,
        streams={},
        waiting={},
        oldest_wait_seconds=0.0,
        totals=NodeTotals(),
    )
    return load.encode()


def test_the_successor_is_the_least_busy_node_that_stays(fleet: Fleet) -> None:
    fleet.hear_node("", neighbour("leaving", draining=True))
    fleet.hear_node("", neighbour("busy", sessions=5))
    fleet.hear_node("", neighbour("idle", sessions=1))

    assert fleet.successor() == "idle"


def test_a_silent_node_succeeds_nobody(fleet: Fleet, clock: Clock) -> None:
    fleet.hear_node("", neighbour("silent"))
    clock.now = 4.0

    assert fleet.successor() is None
