"""The time pods get to leave covers whatever the wire lets in."""

from podium_operator.desired import grace
from podium_worker.jobs import deadline_of
from podium_worker.wire.limits import MAX_DURATION_MS

LONGEST_ANSWER_SECONDS = deadline_of(0.0, MAX_DURATION_MS / 1000)


def test_both_sides_know_the_same_longest_segment() -> None:
    assert grace.LONGEST_SEGMENT_SECONDS == MAX_DURATION_MS / 1000


def test_a_transcoder_may_finish_the_longest_segment() -> None:
    assert grace.transcoder_grace_seconds() > LONGEST_ANSWER_SECONDS


def test_a_node_may_serve_its_sessions_and_then_answer_the_longest_segment() -> None:
    assert grace.node_grace_seconds(75) > 75 + LONGEST_ANSWER_SECONDS
