"""How long a go-livepeer gateway waits for what (pure; livepeer-wire: transport, time-outs)."""

from dataclasses import dataclass

__all__ = [
    "CONNECT_SECONDS",
    "DISCOVERY_SECONDS",
    "REFRESH_MARGIN_SECONDS",
    "REFRESH_SECONDS",
    "RENDITION_SECONDS",
    "Patience",
    "latency_score",
    "patience_with",
    "wants_another_session",
]

CONNECT_SECONDS = 2.0
DISCOVERY_SECONDS = 6.0
REFRESH_SECONDS = 2.5
REFRESH_MARGIN_SECONDS = 180.0
RENDITION_SECONDS = 4.0
_SHORTEST_SCORED_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class Patience:
    """The limits of one segment call: for the headers after the upload, and for everything."""

    headers_seconds: float
    total_seconds: float


def patience_with(duration_seconds: float) -> Patience:
    """Return what a gateway grants a segment of this duration."""
    return Patience(
        headers_seconds=max(2.0, 0.5 * duration_seconds),
        total_seconds=max(8.0, 4.0 * duration_seconds),
    )


def latency_score(total_seconds: float, duration_seconds: float) -> float:
    """Return the score of an answered segment: above 1 the gateway looks for another session."""
    return total_seconds / max(_SHORTEST_SCORED_SECONDS, duration_seconds)


def wants_another_session(
    last_score: float | None, oldest_in_flight_seconds: float, duration_seconds: float
) -> bool:
    """Tell whether a gateway would rather try a fresh session for the next segment.

    `last_score` is None before the first answer; `oldest_in_flight_seconds` is 0 with nothing
    in flight.
    """
    if oldest_in_flight_seconds > 0:
        return oldest_in_flight_seconds >= max(_SHORTEST_SCORED_SECONDS, duration_seconds)
    return last_score is not None and last_score > 1.0
