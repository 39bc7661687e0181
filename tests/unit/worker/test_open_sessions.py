"""What a node tells people of its sessions: which ones, how many, and nothing that opens them."""

import pytest
from tests.support.clock import Clock

from podium_worker.load import TranscoderLoad, TranscoderTotals
from podium_worker.node.fleet import Fleet
from podium_worker.node.open_sessions import MOST_SESSIONS, open_sessions, stream_name, wanted
from podium_worker.node.state import NodeState
from podium_worker.node.store import Store

SECRET = bytes(range(32))
CLASS = "h264/640x360@30"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def state(clock: Clock) -> NodeState:
    fleet = Fleet("me")
    load = TranscoderLoad(
        id="t",
        at=0,
        pool="cpu",
        slots=8,
        busy=0,
        classes=("h264",),
        service={},
        totals=TranscoderTotals(),
    )
    fleet.hear_transcoder("", load.encode())
    return NodeState("me", fleet, Store(1000), clock=clock)


def _enter(state: NodeState, session: str, *, manifest: bytes = b"key", at: float = 100.0) -> None:
    state.sessions.open(session, manifest, at)
    state.sessions.enter(session, CLASS, seconds=2.0, now=at)


def _told(state: NodeState, most: int = 10) -> str:
    return open_sessions(state, state.snapshot([]), secret=SECRET, most=most).model_dump_json(
        by_alias=True
    )


def test_a_session_tells_its_age_its_class_and_what_became_of_its_segments(
    state: NodeState, clock: Clock
) -> None:
    _enter(state, "a")
    state.sessions.leave("a", b"key", 101.0)
    tally = state.sessions.tally("a")
    tally.done, tally.late, tally.lost, tally.pixels_per_second = 3, 2, 1, 27_648_000.4
    clock.now = 107.5

    told = open_sessions(state, state.snapshot([]), secret=SECRET, most=10)
    (one,) = told.sessions

    assert (one.done, one.late, one.lost, one.failed, one.pending) == (3, 2, 1, 0, 0)
    assert (one.age_seconds, one.segment_age_seconds, one.segment_seconds) == (7.5, 7.5, 2.0)
    assert (one.load_class, one.source_pixels_per_second) == (CLASS, 27_648_000)
    assert told.load.sessions == 1


def test_neither_a_manifest_nor_a_session_can_be_read_out_of_the_answer(state: NodeState) -> None:
    _enter(state, "token-of-the-gateway", manifest=b"stream-key-of-somebody")

    told = _told(state)

    assert "token-of-the-gateway" not in told
    assert "stream-key-of-somebody" not in told
    assert stream_name(SECRET, b"stream-key-of-somebody") in told


def test_a_stream_has_one_name_at_all_replicas_and_another_under_another_secret() -> None:
    assert stream_name(SECRET, b"m") == stream_name(bytes(SECRET), b"m")
    assert stream_name(SECRET, b"m") != stream_name(bytes(32), b"m")
    assert stream_name(SECRET, b"m") != stream_name(SECRET, b"n")
    assert len(stream_name(SECRET, b"m" * 10_000)) == 10


def test_a_session_whose_first_segment_is_on_its_way_has_no_age_of_a_segment(
    state: NodeState,
) -> None:
    state.sessions.open("a", b"key", 100.0)

    (one,) = open_sessions(state, state.snapshot([]), secret=SECRET, most=10).sessions

    assert (one.segment_age_seconds, one.load_class, one.done) == (None, "", 0)


def test_the_worst_come_first_then_the_oldest_and_never_more_than_asked_for(
    state: NodeState,
) -> None:
    for number, name in enumerate(("old", "young", "late", "lost")):
        _enter(state, name, manifest=name.encode(), at=100.0 + number)
    state.sessions.tally("late").late = 5
    state.sessions.tally("lost").lost = 1

    told = open_sessions(state, state.snapshot([]), secret=SECRET, most=3)

    expected = [stream_name(SECRET, name) for name in (b"lost", b"late", b"old")]
    assert [one.stream for one in told.sessions] == expected
    assert told.load.sessions == 4


def test_what_is_counted_for_a_session_that_has_ended_is_nobodys(state: NodeState) -> None:
    _enter(state, "a")
    state.sessions.end("a")

    state.sessions.tally("a").lost += 1

    assert state.sessions.tally("a").lost == 0


@pytest.mark.parametrize(
    ("seconds", "count"),
    [
        pytest.param(10.0, 1, id="ten seconds ago is lately"),
        pytest.param(10.1, 0, id="what is longer ago is not"),
    ],
)
def test_refusals_are_told_while_they_are_young(
    state: NodeState, clock: Clock, seconds: float, count: int
) -> None:
    state.is_draining = True
    with pytest.raises(Exception, match="OrchestratorCapped"):
        state.check_discovery()

    clock.now += seconds

    assert open_sessions(state, state.snapshot([]), secret=SECRET, most=0).refused_lately == count


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param({}, 100, id="nothing said"),
        pytest.param({"limit": ""}, 100, id="nothing in it"),
        pytest.param({"limit": "0"}, 0, id="none: the sums alone"),
        pytest.param({"limit": str(MOST_SESSIONS)}, MOST_SESSIONS, id="as many as may be"),
    ],
)
def test_how_many_sessions_are_wanted(query: dict[str, str], expected: int) -> None:
    assert wanted(query) == expected


@pytest.mark.parametrize("limit", ["1001", "-1", "all", "1e3", "٣", "0000000001"])
def test_a_limit_that_makes_no_sense_is_told_what_to_write(limit: str) -> None:
    with pytest.raises(ValueError, match="limit: write a number from 0 to 1000"):
        wanted({"limit": limit})
