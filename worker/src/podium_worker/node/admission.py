"""Whether one more stream can be served. Pure functions of what is known now.

The offered load is in slots: a stream of 2 s segments that take 1 s of a slot offers 0.5. What
is admitted equals what can be served: slots that are ready, or that will be within the time a
waiting segment has left.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import fmean

from podium_worker.jobs import patience_seconds
from podium_worker.load import Canary, Capacity, NodeLoad, Service, TranscoderLoad

__all__ = [
    "DEFAULT_COST_SLOTS",
    "Costs",
    "has_room",
    "offered_slots",
    "pixels_per_second",
    "slack_seconds",
    "streams_served",
    "usable_slots",
]

DEFAULT_COST_SLOTS = 0.5
"""What a stream is taken to offer while no transcoder has measured anything."""

_MOST_STREAMS = 1_000_000
_USUAL_FPS = 30.0  # of sources whose frame rate is kept
_SIZE = re.compile(r"([0-9]{1,5})x([0-9]{1,5})@([0-9]{1,4}(?:\.[0-9]{1,4})?)", re.ASCII)
_HEVC = "h265"


@dataclass(frozen=True, slots=True)
class Costs:
    """Mean slot seconds per segment, by load class and over all of them.

    `tried` is what start-up tests found, as slots that a stream of a load class keeps busy.
    """

    by_class: Mapping[str, float]
    mean: float | None
    tried: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def measured(
        cls,
        services: Iterable[Mapping[str, Service]],
        canaries: Iterable[Mapping[str, Canary]] = (),
    ) -> "Costs":
        """Add up what transcoders report."""
        segments: dict[str, int] = {}
        seconds: dict[str, float] = {}
        for service in services:
            for name, value in service.items():
                segments[name] = segments.get(name, 0) + value.segments
                seconds[name] = seconds.get(name, 0.0) + value.slot_seconds
        known = {name: seconds[name] / count for name, count in segments.items() if count > 0}
        total = sum(segments.values())
        return cls(known, sum(seconds.values()) / total if total else None, _tried(canaries))

    def segment_slot_seconds(self, load_class: str, segment_seconds: float) -> float:
        """Return the slot time that one segment needs.

        What real segments took; else what the start-up tests say of as many pixels; else the mean.
        A stream of which nothing is known is not taken to be dear: its first segment says what it
        is, and is judged then.
        """
        known = self.by_class.get(load_class)
        if known is not None:
            return known
        slots = self._slots_by_pixels(load_class)
        if slots is None and self.mean is not None:
            return self.mean
        if slots is None:
            slots = min([DEFAULT_COST_SLOTS, *self.tried.values()])
        return slots * segment_seconds

    def stream_slots(self, load_class: str, segment_seconds: float) -> float:
        """Return the load that one stream offers."""
        return self.segment_slot_seconds(load_class, segment_seconds) / max(segment_seconds, 0.1)

    def _slots_by_pixels(self, load_class: str) -> float | None:
        """Scale a start-up test to a ladder; one with the same encoders where there is one."""
        pixels = pixels_per_second(load_class)
        alike = [name for name in self.tried if (_HEVC in name) == (_HEVC in load_class)]
        basis = load_class if load_class in self.tried else next(iter([*alike, *self.tried]), "")
        tried_pixels = pixels_per_second(basis)
        if not pixels or not tried_pixels:
            return None
        return self.tried[basis] * pixels / tried_pixels


def pixels_per_second(load_class: str) -> float:
    """Return what a stream of a load class has its transcoder encode; 0 where its name is silent.

    A rendition that keeps its source's frames counts with 30 a second.
    """
    sizes = _SIZE.findall(load_class.partition("/")[2])
    return sum(int(w) * int(h) * (float(rate) or _USUAL_FPS) for w, h, rate in sizes)


def _tried(canaries: Iterable[Mapping[str, Canary]]) -> dict[str, float]:
    """Return the mean over all transcoders of what a stream keeps busy, the common one first."""
    found: dict[str, list[float]] = {}
    for canary in canaries:
        for name, cost in canary.items():
            if cost.slot_seconds > 0 and cost.segment_seconds > 0:
                found.setdefault(name, []).append(cost.slot_seconds / cost.segment_seconds)
    return {name: fmean(values) for name, values in found.items()}


def offered_slots(nodes: Iterable[NodeLoad], costs: Costs) -> float:
    """Return the load of all open streams of the given nodes."""
    return sum(
        stream.open * costs.stream_slots(load_class, stream.segment_seconds)
        for node in nodes
        for load_class, stream in node.streams.items()
    )


def slack_seconds(segment_seconds: float) -> float:
    """Return how long a segment may wait for a slot and still be worth working on."""
    return 0.9 * patience_seconds(segment_seconds) - segment_seconds


def usable_slots(
    transcoders: Iterable[TranscoderLoad], capacity: Capacity | None, *, slack: float
) -> int:
    """Return slots that are ready, or that will be within `slack` seconds.

    Without the operator's word only the slots count that transcoders report themselves.
    """
    reported = sum(part.slots for part in transcoders if not (part.draining or part.gone))
    if capacity is None:
        return reported
    promised = sum(
        pool.slots_per_pod
        * (
            pool.max_pods
            if pool.startup_seconds <= slack
            else max(pool.ready_pods, pool.desired_pods)
        )
        for pool in capacity.pools
    )
    return max(reported, promised)


def has_room(offered: float, cost: float, slots: int) -> bool:
    """Whether a stream of this cost fits beside the offered load.

    A first stream is welcome whatever it costs: refusing it would leave a costly class without
    the measurements that could show it cheaper.
    """
    return slots > 0 and (offered <= 0 or offered + cost <= slots)


def streams_served(cost: float, slots: int) -> int:
    """Return how many streams of a cost fit into the slots."""
    return max(1, int(min(slots / cost, _MOST_STREAMS))) if slots > 0 and cost > 0 else 0
