"""Sessions and streams of gateways. Pure: time is given, nothing is awaited.

A session is one `auth_token.session_id`; a stream is one manifest, and stays the same stream
when the gateway refreshes its session. Admission and the cap count sessions, load counts streams.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = [
    "IDLE_SECONDS",
    "LEFT_SECONDS",
    "QUEUE_LENGTH",
    "Session",
    "Sessions",
    "Stream",
    "Tally",
]

IDLE_SECONDS = 70.0
"""A session that sent nothing for this long has ended."""

LEFT_SECONDS = 5.0
"""Without an open stream, a session of a node that leaves has ended after this long: gateways fetch
the last renditions within 4 s."""

QUEUE_LENGTH = 4
"""Segments of one session that may wait behind the one being worked on."""


@dataclass(slots=True)
class Tally:
    """What became of a session's segments; late ones are done too.

    pixels_per_second: what was decoded of the last one, by the second of its duration.
    """

    done: int = 0
    late: int = 0
    lost: int = 0
    failed: int = 0
    pixels_per_second: float = 0.0


@dataclass(slots=True)
class Session:
    """A gateway's session; `pending` counts its segments that are not answered yet.

    load_class, segment_seconds, last_push: of its last segment; None before the first.
    manifest_id: the last one, too, since nothing keeps a gateway from sending several in a session.
    """

    id: str
    manifest_id: bytes
    last_seen: float
    opened_at: float
    pending: int = 0
    segments: int = 0
    load_class: str = ""
    segment_seconds: float = 0.0
    last_push: float | None = None
    tally: Tally = field(default_factory=Tally)


@dataclass(slots=True)
class Stream:
    """What one manifest sends; `segment_seconds` is the last segment's duration."""

    load_class: str
    segment_seconds: float
    last_push: float
    pending: int = 0

    def is_open(self, now: float) -> bool:
        """Whether it pushed within two segment durations, or waits for an answer."""
        return self.pending > 0 or now - self.last_push <= 2 * self.segment_seconds


class Sessions:
    """All live sessions of a node and the streams behind them."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._streams: dict[bytes, Stream] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def __contains__(self, session_id: object) -> bool:
        return session_id in self._sessions

    def open(self, session_id: str, manifest_id: bytes, now: float) -> None:
        """Begin a session, or note that a live one was heard of, and of which manifest now."""
        session = self._sessions.get(session_id)
        if session is None:
            self._sessions[session_id] = Session(session_id, manifest_id, now, now)
        else:
            session.last_seen, session.manifest_id = now, manifest_id

    def abandon(self, session_id: str) -> None:
        """Forget a session whose first segment was refused after all."""
        session = self._sessions.get(session_id)
        if session is not None and session.segments == 0:
            del self._sessions[session_id]

    def enter(self, session_id: str, load_class: str, *, seconds: float, now: float) -> bool:
        """Take a segment of the manifest last opened into its session; False when that is full."""
        session = self._sessions[session_id]
        if session.pending > QUEUE_LENGTH:
            return False
        session.pending += 1
        session.segments += 1
        session.last_seen = session.last_push = now
        session.load_class, session.segment_seconds = load_class, seconds
        stream = self._streams.setdefault(session.manifest_id, Stream(load_class, seconds, now))
        stream.load_class, stream.segment_seconds, stream.last_push = load_class, seconds, now
        stream.pending += 1
        return True

    def leave(self, session_id: str, manifest_id: bytes, now: float) -> None:
        """Note that one of a session's segments is answered, lost or given up."""
        session = self._sessions.get(session_id)
        if session is not None and session.pending > 0:
            session.pending -= 1
            session.last_seen = now
        stream = self._streams.get(manifest_id)
        if stream is not None and stream.pending > 0:
            stream.pending -= 1

    def move(self, manifest_id: bytes) -> None:
        """Note that a stream was told to go on elsewhere: it is no load here any more."""
        stream = self._streams.get(manifest_id)
        if stream is not None and stream.pending == 0:
            del self._streams[manifest_id]

    def end(self, session_id: str) -> bool:
        """End a session at its gateway's word; False when it is not known."""
        return self._sessions.pop(session_id, None) is not None

    def expire(self, now: float, *, is_leaving: bool = False) -> list[str]:
        """End the sessions that are idle too long, forget closed streams; names the former."""
        idle = [
            session.id
            for session in self._sessions.values()
            if session.pending == 0
            and now - session.last_seen > self._patience(session, now, is_leaving=is_leaving)
        ]
        for session_id in idle:
            del self._sessions[session_id]
        for manifest_id in [key for key, value in self._streams.items() if not value.is_open(now)]:
            del self._streams[manifest_id]
        return idle

    def _patience(self, session: Session, now: float, *, is_leaving: bool) -> float:
        is_over = is_leaving and not self.has_stream(session.manifest_id, now)
        return LEFT_SECONDS if is_over else IDLE_SECONDS

    def tally(self, session_id: str) -> Tally:
        """Return what is counted for a session; of one that has ended nobody will read it."""
        session = self._sessions.get(session_id)
        return session.tally if session is not None else Tally()

    def worst(self, most: int) -> list[Session]:
        """Return at most so many sessions, those that lost or delayed most first, then by age."""
        return heapq.nsmallest(most, self._sessions.values(), key=_trouble)

    def unstarted(self) -> int:
        """Return how many sessions were let in whose first segment is still on its way."""
        return sum(1 for session in self._sessions.values() if session.segments == 0)

    def has_stream(self, manifest_id: bytes, now: float) -> bool:
        """Whether a manifest's stream is open."""
        stream = self._streams.get(manifest_id)
        return stream is not None and stream.is_open(now)

    def open_streams(self, now: float) -> Iterator[Stream]:
        """Yield every open stream."""
        return (stream for stream in self._streams.values() if stream.is_open(now))


def _trouble(session: Session) -> tuple[int, int, float]:
    tally = session.tally
    return -(tally.lost + tally.failed), -tally.late, session.opened_at
