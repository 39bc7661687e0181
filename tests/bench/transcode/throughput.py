"""Full load: every peer transcodes every content, as many segments in flight as cores (thin)."""

import time
from collections.abc import Sequence
from pathlib import Path

from tests.bench.transcode.corpus import Content
from tests.bench.transcode.peers import Job, Peer
from tests.bench.transcode.progress import Progress
from tests.bench.transcode.running import Cost
from tests.bench.transcode.samples import Block, Measured, Sample

__all__ = ["jobs_of", "measure_throughput", "rotated"]


async def measure_throughput(
    peers: Sequence[Peer],
    contents: Sequence[Content],
    *,
    rounds: int,
    in_flight: int,
    folder: Path,
    measured: Measured,
    progress: Progress,
) -> None:
    """Take turns: each round visits each content, there each peer, the first one changing."""
    for number in range(rounds):
        for place, content in enumerate(contents):
            jobs: dict[str, list[Job]] = {}
            for peer in rotated(peers, number + place):
                progress.step(f"round {number + 1}/{rounds}  {content.name}  {peer.name}")
                jobs[peer.name] = jobs_of(content, in_flight, folder / peer.name)
                began = time.perf_counter()
                costs = await peer.run(jobs[peer.name], in_flight)
                wall = time.perf_counter() - began
                _note(measured, peer.name, number, jobs[peer.name], costs)
                media = content.seconds * len(costs)
                measured.blocks.append(Block(peer.name, content.name, number, wall, media))


def jobs_of(content: Content, at_least: int, folder: Path) -> list[Job]:
    """Return jobs for all segments of a content, repeated until every core has one."""
    count = len(content.segments)
    copies = -(-max(count, at_least) // count)
    jobs = []
    for number in range(copies * count):
        copy, index = divmod(number, count)
        place = folder / content.name / f"{index}-{copy}"
        place.mkdir(parents=True, exist_ok=True)
        jobs.append(Job(content, index, place))
    return jobs


def rotated(peers: Sequence[Peer], by: int) -> list[Peer]:
    """Return the peers from another start, so that none always comes first."""
    start = by % max(1, len(peers))
    return [*peers[start:], *peers[:start]]


def _note(
    measured: Measured, peer: str, number: int, jobs: Sequence[Job], costs: Sequence[Cost]
) -> None:
    """Note the first copy of each segment under its key; further copies only fill the cores."""
    noted: set[int] = set()
    for job, cost in zip(jobs, costs, strict=True):
        if job.index in noted:
            continue
        noted.add(job.index)
        measured.samples.append(
            Sample(
                peer,
                job.content.name,
                job.index,
                number,
                cost.cpu_seconds,
                cost.wall_seconds,
                job.content.seconds,
                sum(path.stat().st_size for path in job.output_dir.glob("*.ts")),
                cost.peak_bytes,
            )
        )
