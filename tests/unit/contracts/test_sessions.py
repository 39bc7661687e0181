"""Contract 3, `/sessions`: what a node tells people is what the command line reads."""

from tests.unit.contracts.test_load import CLASS, NODE

from podium_operator.command.told import MOST_SESSIONS, OpenSession, read_told
from podium_worker.node import open_sessions as worker

SESSION = worker.OpenSession(
    stream=worker.stream_name(bytes(32), b"manifest"),
    load_class=CLASS,
    source_pixels_per_second=27_648_000,
    segment_seconds=2.0,
    age_seconds=61.4,
    segment_age_seconds=None,
    pending=1,
    done=30,
    late=3,
    lost=2,
    failed=1,
)


def test_the_command_line_reads_what_a_node_tells() -> None:
    told = worker.OpenSessions(load=NODE, refused_lately=4, sessions=(SESSION,))

    read = read_told(told.model_dump_json(by_alias=True).encode())

    assert read.sessions[0].model_dump() == SESSION.model_dump()
    assert OpenSession.model_fields.keys() == worker.OpenSession.model_fields.keys()
    assert (read.refused_lately, read.load.sessions, read.load.max_sessions) == (4, 3, 8)


def test_a_node_tells_no_more_than_the_command_line_takes() -> None:
    assert worker.MOST_SESSIONS <= MOST_SESSIONS
