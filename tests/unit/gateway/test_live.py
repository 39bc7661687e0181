"""A stream's conduct: what it does when it is refused, late, failed, or its token ends."""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from tests.gateway.errors import GatewayError, RefusedError, RejectedError, TranscodeError
from tests.gateway.gateway import Fetched, Times, Upload
from tests.gateway.live import LiveStream, StreamState
from tests.gateway.messages import Rendition, Session
from tests.gateway.records import Outcome, SegmentRecord

LADDER = (Rendition("240p", 426, 240, 400_000),)
CAPPED = RefusedError("Invalid orchestrator request: OrchestratorCapped")
LATER = 2_000_000_000
IN_TIME, LATE = 0.1, 9.0


@dataclass(frozen=True, slots=True)
class Piece:
    duration_ms: int = 10
    data: bytes = b"segment"


@dataclass(slots=True)
class ScriptedGateway:
    """Answers as written: `finds` for discovery, `pushes` as seconds or an error."""

    finds: deque[GatewayError | int]
    pushes: deque[GatewayError | float]
    moves: deque[Session] = field(default_factory=deque)
    calls: list[str] = field(default_factory=list)
    sessions: int = 0

    async def discover(self, renditions: Sequence[Rendition]) -> Session:
        answer = self.finds.popleft() if self.finds else LATER
        self.calls.append("discover")
        if isinstance(answer, GatewayError):
            raise answer
        self.sessions += 1
        return Session("https://o:1", b"", f"session-{self.sessions}", answer)

    async def refresh(self, session: Session, renditions: Sequence[Rendition]) -> Session:
        self.calls.append(f"refresh {session.session_id}")
        return Session("https://o:1", b"", "refreshed", LATER)

    async def end(self, session: Session) -> None:
        self.calls.append(f"end {session.session_id}")

    async def push(
        self,
        session: Session,
        upload: Upload,
        *,
        renditions: Sequence[Rendition],
        times: Times | None = None,
    ) -> tuple[Fetched, ...]:
        self.calls.append(f"push {session.session_id}")
        answer = self.pushes.popleft() if self.pushes else IN_TIME
        if isinstance(answer, GatewayError):
            raise answer
        assert times is not None
        times.answered_seconds = answer
        times.session = self.moves.popleft() if self.moves else None
        return (Fetched("240p", "", 1, b"x"),)


@dataclass(slots=True)
class Notes:
    records: list[SegmentRecord] = field(default_factory=list)
    states: list[tuple[StreamState, str]] = field(default_factory=list)
    told: asyncio.Event = field(default_factory=asyncio.Event)

    def stream_changed(self, stream: str, state: StreamState, reason: str) -> None:
        self.states.append((state, reason))
        self.told.set()

    def segment_done(self, record: SegmentRecord, fetched: Sequence[Fetched]) -> None:
        self.records.append(record)


async def _run(
    *,
    finds: Sequence[GatewayError | int] = (),
    pushes: Sequence[GatewayError | float] = (),
    segments: int = 3,
) -> tuple[ScriptedGateway, Notes]:
    gateway, notes = ScriptedGateway(deque(finds), deque(pushes)), Notes()
    stream = LiveStream(gateway, "live", renditions=LADDER, observer=notes, retry_seconds=0.001)
    await stream.run([Piece()] * segments, asyncio.Event())
    return gateway, notes


async def test_a_stream_keeps_one_session_while_it_is_answered_in_time() -> None:
    gateway, notes = await _run()

    pushes = ["push session-1"] * 3
    assert gateway.calls == ["discover", *pushes, "end session-1"]
    assert [record.outcome for record in notes.records] == [Outcome.OK] * 3
    assert notes.states == [(StreamState.LIVE, ""), (StreamState.ENDED, "")]


async def test_a_refused_stream_waits_and_loses_nothing() -> None:
    gateway, notes = await _run(finds=[CAPPED, CAPPED])

    assert gateway.calls[:3] == ["discover"] * 3
    assert [state for state, _ in notes.states] == ["waiting", "live", "ended"]
    assert [record.seq for record in notes.records] == [0, 1, 2]
    assert all(record.outcome == Outcome.OK for record in notes.records)


async def test_a_late_answer_makes_the_stream_look_for_another_session() -> None:
    gateway, notes = await _run(pushes=[LATE])

    assert [record.session_id for record in notes.records] == ["session-1"] + ["session-2"] * 2
    assert gateway.calls[-1] == "end session-2"


async def test_a_stream_goes_on_where_the_answer_sends_it() -> None:
    gateway, notes = ScriptedGateway(deque(), deque()), Notes()
    gateway.moves.append(Session("https://other:1", b"", "moved", LATER))
    stream = LiveStream(gateway, "live", renditions=LADDER, observer=notes)

    await stream.run([Piece()] * 2, asyncio.Event())

    assert gateway.calls == ["discover", "push session-1", "push moved", "end moved"]


async def test_a_late_stream_that_finds_no_other_session_stays_where_it_is() -> None:
    _, notes = await _run(finds=[LATER, CAPPED], pushes=[LATE])

    assert {record.session_id for record in notes.records} == {"session-1"}


@pytest.mark.parametrize(
    ("error", "following"),
    [
        pytest.param(RejectedError(403, "invalid auth token"), "session-2", id="a refusal"),
        pytest.param(TranscodeError("OrchestratorBusy"), "session-2", id="a busy orchestrator"),
        pytest.param(
            TranscodeError("TranscoderInvalidVideo"), "session-1", id="a fault of the source"
        ),
    ],
)
async def test_a_failed_segment_is_lost_and_only_its_cause_decides_about_the_session(
    error: GatewayError, following: str
) -> None:
    _, notes = await _run(pushes=[error])

    assert [record.outcome for record in notes.records] == [Outcome.LOST, Outcome.OK, Outcome.OK]
    assert str(error) in notes.records[0].error
    assert notes.records[1].session_id == following


async def test_a_stream_that_finds_nobody_after_its_start_loses_segments() -> None:
    _, notes = await _run(finds=[LATER, CAPPED], pushes=[RejectedError(500, "x")])

    assert [record.outcome for record in notes.records] == [Outcome.LOST, Outcome.LOST, Outcome.OK]
    assert "OrchestratorCapped" in notes.records[1].error


async def test_a_token_that_ends_soon_is_renewed_where_it_was_given() -> None:
    gateway, notes = await _run(finds=[int(time.time()) + 60], segments=1)

    assert gateway.calls == ["discover", "refresh session-1", "push refreshed", "end refreshed"]
    assert notes.records[0].session_id == "refreshed"


async def test_a_stream_told_to_stop_while_it_waits_sends_nothing() -> None:
    gateway, notes = ScriptedGateway(deque([CAPPED] * 3), deque()), Notes()
    stop = asyncio.Event()
    stream = LiveStream(gateway, "live", renditions=LADDER, observer=notes, retry_seconds=60)
    running = asyncio.create_task(stream.run([Piece()], stop))
    await notes.told.wait()

    stop.set()
    await running

    assert notes.records == []
    assert notes.states[-1] == (StreamState.ENDED, "")
