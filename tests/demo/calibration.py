"""How much of a core one transcoder should have, so that load means the same on every machine.

Some segments are transcoded here by the project's own engine and their CPU time taken; a slot then
gets so much of a core that a segment keeps it busy for a little less than half of its duration: one
stream per pod, and a second one can be borne until its own pod is there.
"""

import time

from tests.demo.manifest import LADDER, source_for
from tests.media import segments

from podium_worker.profiles import Profile
from podium_worker.transcoder.media.engine import transcode

__all__ = ["measure_cpu_seconds", "slot_millicores"]

_SERVICE_SECONDS = 1.02
_OVERHEAD_SECONDS = 0.05
_CYCLE_SEGMENTS = 5
_BOUNDS = (50, 1000)


def slot_millicores(cpu_seconds: float) -> int:
    """Return the CPU limit of one pod, in thousandths of a core, rounded to tens."""
    least, most = _BOUNDS
    wanted = 1000 * cpu_seconds / (_SERVICE_SECONDS - _OVERHEAD_SECONDS)
    return min(most, max(least, round(wanted / 10) * 10))


def measure_cpu_seconds() -> float:
    """Return the mean CPU time of a segment, over one cycle of the clip."""
    source = source_for(0)
    profiles = [
        Profile(name=one.name, width=one.width, height=one.height, bitrate=one.bitrate, fps=one.fps)
        for one in LADDER
    ]
    taken = []
    for segment in segments(
        seconds=_CYCLE_SEGMENTS * source.segment_seconds,
        segment_seconds=source.segment_seconds,
        size=(source.width, source.height),
        fps=source.fps,
    ):
        began = time.thread_time()
        transcode(segment.data, profiles)
        taken.append(time.thread_time() - began)
    return sum(taken) / len(taken)
