"""The run as one picture: load, pods and lateness over time (matplotlib)."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from tests.demo.board import Moment
from tests.demo.pods import PodSample
from tests.gateway.records import Outcome, SegmentRecord

mpl.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

__all__ = ["draw"]


def draw(
    path: Path,
    *,
    moments: Sequence[Moment],
    pods: Sequence[PodSample],
    records: Sequence[SegmentRecord],
    started_at: float,
) -> None:
    """Write the picture as PNG; `started_at` is the feeder's start in unix seconds."""
    figure, (load, scale, late) = plt.subplots(3, 1, sharex=True, figsize=(10, 8))
    times = [moment.at_seconds for moment in moments]
    load.step(times, [moment.live for moment in moments], where="post", label="live streams")
    load.step(times, [moment.waiting for moment in moments], where="post", label="streams refused")
    load.plot(times, [moment.backlog_seconds for moment in moments], label="backlog, seconds")
    load.set_ylabel("load")
    sampled = [sample.at_seconds for sample in pods]
    if pods and times:  # the last size lasts until the end
        pods, sampled = [*pods, pods[-1]], [*sampled, max(times[-1], sampled[-1])]
    scale.step(sampled, [sample.desired for sample in pods], where="post", label="pods wanted")
    scale.step(sampled, [sample.ready for sample in pods], where="post", label="pods ready")
    scale.set_ylabel("transcoder pods")
    _draw_answers(late, records, started_at)
    late.set_xlabel("seconds")
    for axes in (load, scale, late):
        axes.legend(loc="upper right")
        axes.grid(alpha=0.3)
        axes.set_ylim(bottom=0)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _draw_answers(axes: Axes, records: Sequence[SegmentRecord], started_at: float) -> None:
    answered = [record for record in records if record.answered_seconds is not None]
    axes.scatter(
        [record.submitted_at - started_at for record in answered],
        [(record.answered_seconds or 0.0) / record.duration_seconds for record in answered],
        s=8,
        label="segments answered",
    )
    lost = [record for record in records if record.outcome == Outcome.LOST]
    axes.scatter(
        [record.submitted_at - started_at for record in lost],
        [0.0 for _ in lost],
        marker="x",
        color="red",
        label="segments lost",
    )
    axes.axhline(1.0, color="grey", linestyle="--", label="late above this line")
    axes.set_ylabel("answer time ÷ duration")
