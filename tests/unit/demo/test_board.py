from typing import Any

from tests.demo.board import Board
from tests.gateway.records import Outcome, SegmentRecord, record_to_json


def _segment(outcome: Outcome, answered: float | None, seq: int = 0) -> dict[str, Any]:
    record = SegmentRecord("live-1", seq, 2.0, 1e9, outcome, answered_seconds=answered)
    return {"kind": "segment", "record": record_to_json(record), "at": 1e9 + seq}


def _deployment(desired: int, ready: int) -> dict[str, Any]:
    return {"spec": {"replicas": desired}, "status": {"readyReplicas": ready}}


def test_a_moment_counts_streams_and_segments() -> None:
    board = Board()
    for name, state in (("live-1", "live"), ("live-2", "waiting")):
        board.take_feed({"kind": "stream", "stream": name, "state": state, "reason": "", "at": 0})
    board.take_feed(_segment(Outcome.OK, 1.0))
    board.take_feed(_segment(Outcome.OK, 3.0, seq=1))
    board.take_feed(_segment(Outcome.LOST, None, seq=2))
    board.take_deployment(_deployment(2, 1), at_seconds=4.0)

    moment = board.moment(5.0)

    assert (moment.live, moment.waiting) == (1, 1)
    assert (moment.answered, moment.late, moment.lost) == (2, 1, 1)
    assert (moment.desired, moment.ready) == (2, 1)
    assert moment.worst_lateness == 1.5
    assert board.first_rendition_at == 1e9


def test_a_moment_shows_why_the_operator_scaled() -> None:
    board = Board()
    status = {
        "backlogSeconds": 2.5,
        "decision": {"text": "2 open streams"},
        "pools": [{"busy": 1}],
        "conditions": [{"type": "Ready", "status": "False", "message": "no node is ready"}],
    }
    board.take_orchestrator({"status": status})

    moment = board.moment(1.0)

    assert (moment.backlog_seconds, moment.busy, moment.why) == (2.5, 1, "2 open streams")
    assert board.status.message == "no node is ready"


def test_an_orchestrator_without_a_status_shows_nothing() -> None:
    board = Board()
    board.take_orchestrator({"metadata": {"name": "demo"}})

    assert board.moment(1.0).why == ""


async def test_being_back_at_one_pod_is_heard_as_it_happens() -> None:
    board = Board()
    board.take_deployment(_deployment(1, 2), at_seconds=1.0)
    assert not board.is_back_at_one()
    assert board.has_ready_pod()

    board.take_deployment(_deployment(1, 1), at_seconds=2.0)

    assert board.is_back_at_one()
