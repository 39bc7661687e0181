"""Sessions and streams: who is live, who is open, who may queue."""

import pytest

from podium_worker.node.sessions import IDLE_SECONDS, LEFT_SECONDS, QUEUE_LENGTH, Sessions


def entered(sessions: Sessions, session_id: str = "s", manifest: bytes = b"m") -> bool:
    sessions.open(session_id, manifest, 0.0)
    return sessions.enter(session_id, "h264/a", seconds=2.0, now=0.0)


def test_one_runs_and_four_wait() -> None:
    sessions = Sessions()

    taken = [entered(sessions) for _ in range(QUEUE_LENGTH + 2)]

    assert taken == [True] * (QUEUE_LENGTH + 1) + [False]


def test_an_answer_makes_room() -> None:
    sessions = Sessions()
    for _ in range(QUEUE_LENGTH + 1):
        entered(sessions)

    sessions.leave("s", b"m", 1.0)

    assert entered(sessions)


@pytest.mark.parametrize(
    ("now", "live"), [(IDLE_SECONDS, True), (IDLE_SECONDS + 0.1, False)], ids=["just", "past"]
)
def test_a_session_ends_after_seventy_idle_seconds(now: float, *, live: bool) -> None:
    sessions = Sessions()
    entered(sessions)
    sessions.leave("s", b"m", 0.0)

    ended = sessions.expire(now)

    assert ("s" in sessions) is live
    assert ended == ([] if live else ["s"])


def test_a_session_with_an_unanswered_segment_never_idles_out() -> None:
    sessions = Sessions()
    entered(sessions)

    assert sessions.expire(10_000.0) == []


def test_a_session_whose_first_segment_is_refused_is_forgotten() -> None:
    sessions = Sessions()
    sessions.open("s", b"m", 0.0)

    sessions.abandon("s")

    assert len(sessions) == 0


def test_a_session_that_was_served_stays_when_a_segment_is_refused() -> None:
    sessions = Sessions()
    entered(sessions)

    sessions.abandon("s")

    assert "s" in sessions


def test_two_sessions_of_one_manifest_are_one_stream() -> None:
    sessions = Sessions()
    entered(sessions, "old")
    entered(sessions, "new")

    assert len(sessions) == 2
    assert len(list(sessions.open_streams(0.0))) == 1


def test_a_session_of_two_manifests_is_two_streams_and_leaves_none_open() -> None:
    sessions = Sessions()
    entered(sessions, "s", b"one")
    entered(sessions, "s", b"other")
    both = len(list(sessions.open_streams(0.0)))

    for manifest in (b"one", b"other"):
        sessions.leave("s", manifest, 1.0)

    assert both == 2
    assert list(sessions.open_streams(100.0)) == []


@pytest.mark.parametrize(("now", "is_open"), [(4.0, True), (4.1, False)])
def test_a_stream_is_open_for_two_segment_durations(now: float, *, is_open: bool) -> None:
    sessions = Sessions()
    entered(sessions)
    sessions.leave("s", b"m", 0.0)

    assert sessions.has_stream(b"m", now) is is_open


def test_an_ended_session_leaves_its_pending_segment_alone() -> None:
    sessions = Sessions()
    entered(sessions)

    assert sessions.end("s")
    sessions.leave("s", b"m", 0.0)

    assert not sessions.end("s")
    assert len(sessions) == 0


def test_a_stream_that_was_moved_is_no_load_and_its_session_soon_gone() -> None:
    sessions = Sessions()
    entered(sessions)
    sessions.leave("s", b"m", 0.0)

    sessions.move(b"m")

    assert list(sessions.open_streams(0.0)) == []
    assert sessions.expire(LEFT_SECONDS, is_leaving=True) == []
    assert sessions.expire(LEFT_SECONDS + 0.1, is_leaving=True) == ["s"]


def test_a_node_that_leaves_waits_for_a_stream_of_long_segments() -> None:
    sessions = Sessions()
    sessions.open("s", b"m", 0.0)
    sessions.enter("s", "h264/a", seconds=10.0, now=0.0)
    sessions.leave("s", b"m", 0.0)

    assert sessions.expire(20.0, is_leaving=True) == []
    assert sessions.expire(20.1, is_leaving=True) == ["s"]


def test_a_moved_stream_that_comes_back_is_open_again() -> None:
    sessions = Sessions()
    entered(sessions)
    sessions.leave("s", b"m", 0.0)
    sessions.move(b"m")

    assert entered(sessions)

    assert len(list(sessions.open_streams(0.0))) == 1


def test_a_stream_with_a_segment_under_way_stays_open_when_it_is_moved() -> None:
    sessions = Sessions()
    entered(sessions)

    sessions.move(b"m")

    assert len(list(sessions.open_streams(100.0))) == 1
    assert sessions.expire(100.0, is_leaving=True) == []
