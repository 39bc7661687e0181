"""Answer times: one segment with all cores to itself, and a full machine over some time (thin)."""

from collections.abc import Sequence
from pathlib import Path

from tests.bench.transcode.corpus import Content
from tests.bench.transcode.peers import Job, Peer
from tests.bench.transcode.progress import Progress
from tests.bench.transcode.samples import Latency, Measured
from tests.bench.transcode.throughput import jobs_of, rotated

__all__ = ["measure_idle", "measure_load"]


async def measure_idle(
    peers: Sequence[Peer],
    contents: Sequence[Content],
    *,
    rounds: int,
    folder: Path,
    measured: Measured,
    progress: Progress,
) -> None:
    """Send one segment at a time, to each peer in turn."""
    for number in range(rounds):
        for place, content in enumerate(contents):
            for peer in rotated(peers, number + place):
                progress.step(f"{number + 1}/{rounds}  {content.name}  {peer.name}")
                job = jobs_of(content, 1, folder / f"idle-{peer.name}")[number % 2]
                (cost,) = await peer.run([job], 1)
                measured.latencies.append(_latency("idle", peer, job, number, cost.wall_seconds))


async def measure_load(
    peers: Sequence[Peer],
    contents: Sequence[Content],
    *,
    rounds: int,
    in_flight: int,
    folder: Path,
    measured: Measured,
    progress: Progress,
) -> None:
    """Keep every core busy with one segment; each round is one queue of work per peer."""
    for number in range(rounds):
        for peer in rotated(peers, number):
            progress.step(f"{number + 1}/{rounds}  {peer.name}")
            jobs = _mixed(contents, in_flight, folder / f"load-{peer.name}")
            costs = await peer.run(jobs, in_flight)
            measured.latencies += [
                _latency("load", peer, job, number, cost.wall_seconds)
                for job, cost in zip(jobs, costs, strict=True)
            ]


def _mixed(contents: Sequence[Content], in_flight: int, folder: Path) -> list[Job]:
    """Return a queue in which the contents alternate, at least four segments for each core."""
    each = -(-4 * in_flight // max(1, len(contents)))
    columns = [jobs_of(content, each, folder) for content in contents]
    return [job for row in zip(*columns, strict=True) for job in row]


def _latency(phase: str, peer: Peer, job: Job, number: int, wall: float) -> Latency:
    return Latency(phase, peer.name, job.content.name, job.index, number, wall)
