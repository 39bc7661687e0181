"""The pictures of docs/scaling.md as SVG, the same whenever their numbers are (matplotlib)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import matplotlib as mpl
from tests.docs.pictures.runs import Moment, Run

from podium_operator.scaling.staffing import Offered, erlangs, slots_for

mpl.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

__all__ = ["draw_cost", "draw_runs", "draw_staffing"]

_FROM_SECONDS = 180.0
_PIXEL_SECONDS = 3.5  # of a panel that is 4 inches wide
_BUCKET_SECONDS = 15.0  # the longest time between two looks of a policy
_LEAST_LATE_PERCENT = 0.01
_SLOT_SECONDS = (0.3, 0.6, 1.0)
_SEGMENT_SECONDS = 2.0
_P95_OVER_MEAN = 1.36  # of a lognormal that varies by a fifth


def draw_runs(runs: Sequence[Run], path: Path, *, title: str) -> None:
    """Draw policies on one trace side by side: slots against load above, lateness below."""
    with _plain():
        size = (4 * len(runs), 4.4)
        figure, axes = plt.subplots(
            2,
            len(runs),
            figsize=size,
            sharex=True,
            sharey="row",
            squeeze=False,
            height_ratios=(2, 1),
        )
        for column, run in enumerate(runs):
            _slots(axes[0][column], run)
            _late(axes[1][column], run)
        axes[0][0].set_ylabel("slots")
        axes[1][0].set_ylabel("late segments, %")
        axes[0][0].legend(loc="upper left", frameon=False)
        figure.suptitle(title)
        _save(figure, path)


def draw_cost(runs: Mapping[str, Sequence[Run]], path: Path, *, title: str) -> None:
    """Draw each policy's lateness against its bill, one panel per trace."""
    with _plain():
        figure, axes = plt.subplots(1, len(runs), figsize=(4 * len(runs), 3.6), squeeze=False)
        for panel, (shape, some) in zip(axes[0], runs.items(), strict=True):
            for number, run in enumerate(some):
                _mark(panel, run, number)
            panel.set_yscale("log")
            panel.set_title(shape)
            panel.set_xlabel("pod-hours, overflow at double price")
        axes[0][0].set_ylabel("late segments, %")
        handles, labels = axes[0][0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=5, frameon=False)
        figure.suptitle(title)
        _save(figure, path)


def draw_staffing(path: Path, *, title: str) -> None:
    """Draw what the operator's staffing asks for, and how busy those slots are."""
    with _plain():
        figure, (wanted, busy) = plt.subplots(1, 2, figsize=(8, 3.6))
        streams = range(4, 401, 4)
        for mean in _SLOT_SECONDS:
            offered = [_offered(count, mean) for count in streams]
            slots = [slots_for([one]) for one in offered]
            label = f"{mean:g} s of a slot for {_SEGMENT_SECONDS:g} s of video"
            wanted.plot(streams, slots, label=label)
            shares = [100 * erlangs([one]) / n for one, n in zip(offered, slots, strict=True)]
            busy.plot(streams, shares, label=label)
        wanted.set_ylabel("slots to have ready")
        busy.set_ylabel("busy, %")
        for panel in (wanted, busy):
            panel.set_xlabel("open streams")
            panel.set_ylim(bottom=0)
        wanted.legend(frameon=False)
        figure.suptitle(title)
        _save(figure, path)


@contextmanager
def _plain() -> Iterator[None]:
    """Letters stay letters, names are the same each time, and there is little ink."""
    with mpl.rc_context():
        mpl.rcParams["svg.hashsalt"], mpl.rcParams["svg.fonttype"] = "podium", "none"
        mpl.rcParams["font.size"] = 9.0
        mpl.rcParams["axes.spines.top"] = mpl.rcParams["axes.spines.right"] = False
        yield


def _slots(panel: Axes, run: Run) -> None:
    seen = [*_by_pixel(run)]
    at = [one.at_seconds / 60 for one in seen]
    layers = [[one.base for one in seen], [one.overflow for one in seen]]
    colours = ("#9ecae1", "#fdae6b")
    panel.stackplot(
        at, layers, labels=("ready, base", "ready, overflow"), colors=colours, step="post"
    )
    panel.plot(at, [one.offered for one in seen], color="#222222", linewidth=1, label="load")
    late = 100 * run.outcome.late_share
    panel.set_title(f"{run.policy}: {late:.1f} % late, {run.outcome.cost:.1f} pod-hours")


def _by_pixel(run: Run) -> Iterator[Moment]:
    """A moment for each pixel that is shown: more would only make the file larger."""
    following = _FROM_SECONDS
    for moment in run.moments:
        if moment.at_seconds >= following:
            following = moment.at_seconds + _PIXEL_SECONDS
            yield moment


def _late(panel: Axes, run: Run) -> None:
    buckets: dict[int, tuple[int, int]] = {}
    for before, after in zip(run.moments, run.moments[1:], strict=False):
        place = int(after.at_seconds // _BUCKET_SECONDS)
        late, all_of_them = buckets.get(place, (0, 0))
        fresh = after.late - before.late
        buckets[place] = (late + fresh, all_of_them + max(fresh, after.answered - before.answered))
    shown = {
        place: found for place, found in buckets.items() if place * _BUCKET_SECONDS >= _FROM_SECONDS
    }
    at = [place * _BUCKET_SECONDS / 60 for place in shown]
    shares = [100 * late / total if total else 0.0 for late, total in shown.values()]
    panel.bar(at, shares, width=_BUCKET_SECONDS / 60, align="edge", color="#de2d26")
    panel.set_xlabel("minutes")
    panel.set_ylim(0, 100)


def _mark(panel: Axes, run: Run, number: int) -> None:
    is_ours = run.policy.startswith("Podium")
    late = max(100 * run.outcome.late_share, _LEAST_LATE_PERCENT)
    panel.plot(
        run.outcome.cost,
        late,
        "*" if is_ours else "o",
        color=f"C{number}",
        markersize=13 if is_ours else 6,
        label=run.policy,
        linestyle="none",
    )


def _offered(streams: int, mean_seconds: float) -> Offered:
    return Offered(streams, _SEGMENT_SECONDS, mean_seconds, mean_seconds * _P95_OVER_MEAN)


def _save(figure: Figure, path: Path) -> None:
    """Write it without the hour, and without what a machine may round otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.set_layout_engine("constrained")
    figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)
    lines = (line.rstrip() for line in path.read_text().splitlines())
    path.write_text("\n".join(lines) + "\n")
