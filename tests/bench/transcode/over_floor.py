"""The engine against the floor of its codecs and scaler, in turns in one process (thin)."""

from collections.abc import Sequence

from tests.bench.transcode.corpus import Content
from tests.bench.transcode.progress import Progress
from tests.bench.transcode.samples import Measured
from tests.bench.transcode.workers import Workers

__all__ = ["measure_over_floor"]


async def measure_over_floor(
    workers: Workers,
    contents: Sequence[Content],
    *,
    rounds: int,
    measured: Measured,
    progress: Progress,
) -> None:
    """Note `whole / floor - 1` of each pair, for contents of the ladder's frame rate."""
    for content in contents:
        for number in range(rounds):
            progress.step(f"{number + 1}/{rounds}  {content.name}")
            source = content.segments[number % len(content.segments)]
            floor = await workers.floor("segment", source, content.ladder)
            whole = await workers.transcode("segment", source, content.ladder)
            ratio = whole.cpu_seconds / floor["cpu"] - 1
            measured.over_floor.setdefault(content.name, []).append(ratio)
            measured.floor_parts[content.name] = floor | {"whole": whole.cpu_seconds}
