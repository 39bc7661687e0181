"""What is open now, for people who ask the node: `GET /sessions` beside its metrics. No I/O.

A manifest's id may be a key to the stream, and a session's id is the way to its renditions: both
stay here. A stream is told by a short name that only the nodes' own secret can make of it, the
same one at every replica.
"""

import hmac
from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from podium_worker.load import NodeLoad
from podium_worker.node.sessions import Session
from podium_worker.node.state import NodeState

__all__ = ["MOST_SESSIONS", "OpenSession", "OpenSessions", "open_sessions", "stream_name", "wanted"]

MOST_SESSIONS: Final = 1000
_USUAL_SESSIONS: Final = 100
_PURPOSE: Final = b"podium: short names of streams"


class _Told(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class OpenSession(_Told):
    """One session; ages by the node's own clock, None for a segment that has not come yet."""

    stream: str
    load_class: str
    source_pixels_per_second: float
    segment_seconds: float
    age_seconds: float
    segment_age_seconds: float | None
    pending: int
    done: int
    late: int
    lost: int
    failed: int


class OpenSessions(_Told):
    """The worst sessions first, and what the operator is told at the same moment."""

    load: NodeLoad
    refused_lately: int
    sessions: tuple[OpenSession, ...]


def stream_name(secret: bytes, manifest_id: bytes) -> str:
    """Return a stream's short name: ten hex digits."""
    key = hmac.digest(secret, _PURPOSE, "sha256")
    return hmac.digest(key, manifest_id, "sha256").hex()[:10]


def wanted(query: Mapping[str, str]) -> int:
    """Read how many sessions are wanted. Raises ValueError, saying what to write."""
    text = query.get("limit") or str(_USUAL_SESSIONS)
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and int(text) <= MOST_SESSIONS):
        raise ValueError(f"limit: write a number from 0 to {MOST_SESSIONS}")
    return int(text)


def open_sessions(state: NodeState, load: NodeLoad, *, secret: bytes, most: int) -> OpenSessions:
    """Tell at most so many sessions; `load` tells how many there are."""
    now = state.clock()
    return OpenSessions(
        load=load,
        refused_lately=state.refused_lately(),
        sessions=tuple(_told(one, secret, now) for one in state.sessions.worst(most)),
    )


def _told(session: Session, secret: bytes, now: float) -> OpenSession:
    tally, last = session.tally, session.last_push
    return OpenSession(
        stream=stream_name(secret, session.manifest_id),
        load_class=session.load_class,
        source_pixels_per_second=round(tally.pixels_per_second),
        segment_seconds=session.segment_seconds,
        age_seconds=round(max(0.0, now - session.opened_at), 1),
        segment_age_seconds=None if last is None else round(max(0.0, now - last), 1),
        pending=session.pending,
        done=tally.done,
        late=tally.late,
        lost=tally.lost,
        failed=tally.failed,
    )
