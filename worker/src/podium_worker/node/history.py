"""What transcoders measured lately: their counters run from their start, costs must not.

A slow first minute, or a class that was dear on a busy machine, would else weigh for ever.
Pure: time is given.
"""

from collections import deque
from collections.abc import Mapping

from podium_worker.load import Service

__all__ = ["WINDOW_SECONDS", "History"]

WINDOW_SECONDS = 60.0
_STEP_SECONDS = 10.0

_Counters = Mapping[str, Service]


class History:
    """Some older counters of each transcoder."""

    def __init__(self) -> None:
        self._older: dict[str, deque[tuple[float, _Counters]]] = {}

    def add(self, transcoder: str, now: float, counters: _Counters) -> None:
        """Keep counters, at most one set per ten seconds, and one just past the window."""
        kept = self._older.setdefault(transcoder, deque())
        if not kept or now - kept[-1][0] >= _STEP_SECONDS:
            kept.append((now, counters))
        while len(kept) > 1 and now - kept[1][0] >= WINDOW_SECONDS:
            kept.popleft()

    def forget(self, transcoder: str) -> None:
        """Drop a transcoder that has gone."""
        self._older.pop(transcoder, None)

    def recent(self, transcoder: str, counters: _Counters) -> dict[str, Service]:
        """Return what was counted within the window; of a class without news, all there is."""
        kept = self._older.get(transcoder)
        older = kept[0][1] if kept else {}
        return {name: _difference(value, older.get(name)) for name, value in counters.items()}


def _difference(now: Service, then: Service | None) -> Service:
    if then is None or then.segments >= now.segments:
        return now
    return Service(
        segments=now.segments - then.segments,
        slot_seconds=max(0.0, now.slot_seconds - then.slot_seconds),
    )
