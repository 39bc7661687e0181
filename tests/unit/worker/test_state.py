"""Who is let in, who is refused and counted, and what the operator is told."""

import pytest

from podium_worker.errors import Refusal
from podium_worker.load import TranscoderLoad, TranscoderTotals
from podium_worker.node.bounds import MemoryBudget
from podium_worker.node.fleet import Fleet
from podium_worker.node.memory import memory_limit_bytes
from podium_worker.node.sessions import IDLE_SECONDS
from podium_worker.node.state import NodeState, Wait
from podium_worker.node.store import Rendition, Store
from podium_worker.profiles import Profile
from podium_worker.wire import lp_rpc_pb2 as pb
from podium_worker.wire.segment import Segment

NAME = "h264/640x360@30"


def node(*, slots: int = 1, max_sessions: int = 0) -> NodeState:
    fleet = Fleet("me")
    load = TranscoderLoad(
        id="t",
        at=0,
        pool="cpu",
        slots=slots,
        busy=0,
        classes=("h264",),
        service={},
        totals=TranscoderTotals(),
    )
    if slots:
        fleet.hear_transcoder("", load.encode())
    return NodeState("me", fleet, Store(1000), max_sessions=max_sessions, clock=lambda: 100.0)


def segment(session: str, manifest: bytes = b"m", width: int = 640) -> Segment:
    profile = Profile("P", width, 360, 1)
    return Segment(manifest, session, 0, b"", 2000, (profile,), pb.AuthToken())


def enter(state: NodeState, session: str, manifest: bytes) -> None:
    state.check_session(segment(session, manifest), NAME)
    state.sessions.open(session, manifest, 100.0)
    assert state.sessions.enter(session, NAME, seconds=2.0, now=100.0)


def test_without_slots_nobody_is_welcome() -> None:
    state = node(slots=0)

    with pytest.raises(Refusal, match="OrchestratorCapped"):
        state.check_discovery()

    assert state.totals.refused == {"OrchestratorCapped": 1}


def test_streams_are_taken_while_they_fit() -> None:
    state = node(slots=1)
    enter(state, "a", b"1")
    enter(state, "b", b"2")

    with pytest.raises(Refusal):
        enter(state, "c", b"3")


def test_streams_whose_first_segment_is_on_its_way_count() -> None:
    state = node(slots=1)
    for session in ("a", "b"):
        state.check_session(segment(session, session.encode()), NAME)
        state.sessions.open(session, session.encode(), 100.0)

    with pytest.raises(Refusal):
        state.check_session(segment("c", b"c"), NAME)


def test_a_stream_that_renews_its_session_is_not_a_new_one() -> None:
    state = node(slots=1)
    enter(state, "a", b"1")
    enter(state, "b", b"2")

    enter(state, "a-again", b"1")

    assert len(state.sessions) == 3


def test_the_hard_cap_counts_sessions() -> None:
    state = node(slots=8, max_sessions=1)
    enter(state, "a", b"1")

    with pytest.raises(Refusal):
        state.check_discovery()


def test_a_draining_node_keeps_its_sessions_only() -> None:
    state = node(slots=8)
    enter(state, "a", b"1")
    state.is_draining = True

    state.check_session(segment("a", b"1"), NAME)
    with pytest.raises(Refusal):
        state.check_session(segment("new", b"1"), NAME)


def test_a_closed_node_takes_nothing() -> None:
    state = node(slots=8)
    enter(state, "a", b"1")
    state.is_closed = True

    with pytest.raises(Refusal):
        state.check_session(segment("a", b"1"), NAME)


def test_load_classes_are_bounded() -> None:
    state = node()

    names = {state.class_of("h264", segment("s", width=2 * width)) for width in range(1, 200)}

    assert len(names) == 65
    assert "h264/other" in names


def test_a_snapshot_tells_what_waits() -> None:
    state = node()
    enter(state, "a", b"1")

    snapshot = state.snapshot([Wait(NAME, 2.0, 99.0), Wait(NAME, 2.0, 97.5)], republished=3)

    assert snapshot.streams[NAME].open == 1
    assert (snapshot.waiting[NAME].segments, snapshot.waiting[NAME].seconds) == (2, 4.0)
    assert snapshot.oldest_wait_seconds == pytest.approx(2.5)
    assert snapshot.totals.republished == 3
    assert b'"segmentSeconds":2.0' in snapshot.encode()


def test_memory_that_is_short_refuses_like_an_unreadable_body() -> None:
    budget = MemoryBudget(100)
    budget.take(60)

    with pytest.raises(Refusal, match="Internal Server Error") as caught:
        budget.take(60)
    budget.free(60)
    budget.take(100)

    assert caught.value.status == 500


@pytest.mark.parametrize(
    ("text", "limit"),
    [("1000\n", 1000), ("max\n", 2_048_000 // 4), ("9223372036854771712\n", 2_048_000 // 4)],
    ids=["a limit", "none in cgroup v2", "none in cgroup v1"],
)
def test_memory_is_the_cgroup_s_limit(
    tmp_path_factory: pytest.TempPathFactory, text: str, limit: int
) -> None:
    folder = tmp_path_factory.mktemp("cgroup")
    (folder / "memory.max").write_text(text)
    (folder / "meminfo").write_text("MemTotal: 2000 kB\n")

    found = memory_limit_bytes((str(folder / "memory.max"),), str(folder / "meminfo"))

    assert found == limit


def test_other_nodes_streams_use_the_same_slots() -> None:
    state, other = node(slots=1), node(slots=1)
    other.id = "other"
    enter(other, "a", b"1")
    enter(other, "b", b"2")

    state.fleet.hear_node("", other.snapshot([]).encode())

    with pytest.raises(Refusal):
        state.check_discovery()
    state.fleet.hear_node("", other.snapshot([], is_gone=True).encode())
    state.check_discovery()


def test_streams_of_a_leaving_node_find_room_where_they_are_sent() -> None:
    state, other = node(slots=1), node(slots=1)
    other.id = "other"
    enter(other, "a", b"1")
    enter(other, "b", b"2")
    other.is_draining = True

    state.fleet.hear_node("", other.snapshot([]).encode())

    enter(state, "a", b"1")
    with pytest.raises(Refusal):
        state.check_discovery()


def test_only_a_leaving_node_names_a_successor() -> None:
    state, other = node(), node()
    other.id = "other"
    state.fleet.hear_node("", other.snapshot([]).encode())

    staying = state.successor()
    state.is_draining = True

    assert (staying, state.successor()) == (None, "other")


def test_a_node_does_not_count_itself_twice() -> None:
    state = node(slots=1)
    enter(state, "a", b"1")

    state.fleet.hear_node("", state.snapshot([]).encode())

    assert state.fleet.nodes() == []
    state.check_discovery()


def test_an_idle_session_takes_its_renditions_with_it() -> None:
    now = 100.0
    state = NodeState("me", Fleet("me"), Store(1000), clock=lambda: now)
    state.sessions.open("a", b"1", now)
    path = state.store.put("a", "P", "0.ts", Rendition(b"x", "video/mp2t"))

    now += IDLE_SECONDS + 1
    state.expire()

    assert len(state.sessions) == 0
    assert state.store.get(path) is None
