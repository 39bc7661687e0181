"""How long a finished rendition plays, by its own packets; nothing is decoded."""

import io
from dataclasses import dataclass

import av

__all__ = ["Span", "measure"]

_MOST_FRAME_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Span:
    """Where the pictures begin, and how long they last."""

    start_seconds: float
    seconds: float


def measure(data: bytes) -> Span:
    """Read the times of the pictures; the last one lasts as long as the one before it."""
    with av.open(io.BytesIO(data), "r", options={"skip_frame": "all"}) as container:
        packets = container.demux(container.streams.best("video"))
        times = sorted(
            float(packet.pts * packet.time_base)
            for packet in packets
            if packet.size and packet.pts is not None
        )
        rate = container.streams.video[0].average_rate
    if not times:
        return Span(0.0, 0.0)
    step = times[-1] - times[-2] if len(times) > 1 else float(1 / rate) if rate else 0.0
    return Span(times[0], times[-1] - times[0] + min(step, _MOST_FRAME_SECONDS))
