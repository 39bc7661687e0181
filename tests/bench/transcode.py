"""What one second of video costs a slot: CPU time by preset ladder, on real pictures.

`python -m tests.bench.transcode [--rounds N] [--json FILE]`. CPU time is what is compared: on a
shared machine the clock says little. Prints one line per ladder and the share that a slot's
child process adds.
"""

import argparse
import asyncio
import json
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from tests.media import Segment, segments

from podium_worker.profiles import Profile
from podium_worker.transcoder.engine import transcode
from podium_worker.transcoder.slots import SlotPool

__all__ = ["main"]

_RUNGS = {
    "720p": Profile(name="720p", width=1280, height=720, bitrate=4_000_000, fps=30),
    "480p": Profile(name="480p", width=854, height=480, bitrate=1_600_000, fps=30),
    "360p": Profile(name="360p", width=640, height=360, bitrate=1_200_000, fps=30),
    "240p": Profile(name="240p", width=426, height=240, bitrate=600_000, fps=30),
}
_LADDERS = (("720p", "480p", "360p", "240p"), ("720p", "360p"), ("360p",), ("240p",))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="times each ladder is measured")
    parser.add_argument("--json", type=Path, help="write the numbers here too")
    arguments = parser.parse_args()
    (segment,) = segments(seconds=2, fps=30)
    numbers = {"+".join(ladder): _measure(segment, ladder, arguments.rounds) for ladder in _LADDERS}
    numbers["slot round trip"] = asyncio.run(_round_trip(arguments.rounds))
    for name, value in numbers.items():
        print(f"{name:24} {value:8.4f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(numbers, indent=1) + "\n")


def _measure(segment: Segment, ladder: tuple[str, ...], rounds: int) -> float:
    """Return CPU seconds per second of video, the median of some rounds."""
    profiles = [_RUNGS[name] for name in ladder]
    costs = [_cpu_seconds(lambda: transcode(segment.data, profiles)) for _ in range(rounds)]
    return statistics.median(costs) * 1000 / segment.duration_ms


def _cpu_seconds(work: Callable[[], object]) -> float:
    before = resource.getrusage(resource.RUSAGE_SELF)
    work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


async def _round_trip(rounds: int) -> float:
    """Return the least seconds a slot adds to a tiny segment that is transcoded in process."""
    (segment,) = segments(seconds=1, segment_seconds=1.0, size=(320, 180))
    profiles = [_RUNGS["240p"]]
    added = []
    async with SlotPool(1) as pool:
        for _ in range(3 * rounds):
            started = time.perf_counter()
            transcode(segment.data, profiles)
            alone = time.perf_counter() - started
            await pool.run(segment.data, profiles, timeout_seconds=60)
            added.append(time.perf_counter() - started - 2 * alone)
    return max(0.0, min(added, key=abs))


if __name__ == "__main__":
    main()
