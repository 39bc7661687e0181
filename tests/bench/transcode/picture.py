"""A run as one picture (matplotlib): work per core, quality, answer times, gates."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from tests.bench.transcode.findings import Comparison, Findings
from tests.bench.transcode.samples import Latency
from tests.support.gates import Gate, gate_line

mpl.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

__all__ = ["draw"]

_OURS = {"lpms", "fast", "segment", "slots"}
_OUR_COLOUR, _OTHER_COLOUR = "#2a6fb0", "#9a9a9a"
_PASS_COLOUR, _FAIL_COLOUR = "#20803c", "#c02020"


def draw(
    path: Path,
    findings: Findings,
    *,
    latencies: Sequence[Latency],
    gates: Sequence[Gate],
    title: str,
) -> None:
    """Write the picture as PNG."""
    figure, axes = plt.subplots(2, 2, figsize=(13, 9))
    _draw_work(axes[0][0], findings.overall or findings.double_rate)
    _draw_looks(axes[0][1], findings)
    _draw_latencies(axes[1][0], latencies)
    _draw_gates(axes[1][1], gates)
    figure.suptitle(title)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _draw_work(axes: Axes, comparisons: Mapping[str, Comparison]) -> None:
    ordered = sorted(comparisons.values(), key=lambda one: one.cpu.median)
    places = range(len(ordered))
    middles = [one.cpu.median for one in ordered]
    below = [one.cpu.median - one.cpu.low for one in ordered]
    above = [one.cpu.high - one.cpu.median for one in ordered]
    colours = [_OUR_COLOUR if one.peer in _OURS else _OTHER_COLOUR for one in ordered]
    axes.barh(places, middles, xerr=[below, above], color=colours, capsize=3)
    names = [
        one.peer if one.baseline == "cli" else f"{one.peer} / {one.baseline}" for one in ordered
    ]
    axes.set_yticks(places, names)
    axes.axvline(1.0, color="black", linewidth=0.8)
    axes.set_title("work per core-second against one ffmpeg per segment")
    for place, value in zip(places, middles, strict=True):
        axes.text(0.02, place, f"{value:.2f}x", va="center", color="white", fontsize=9)


def _draw_looks(axes: Axes, findings: Findings) -> None:
    shown = [look for look in findings.looks if look.peer in _OURS]
    renditions = list(dict.fromkeys(look.rendition for look in shown))
    peers = list(dict.fromkeys(look.peer for look in shown))
    width = 0.8 / max(1, len(peers))
    for number, peer in enumerate(peers):
        values = [look.psnr_db for look in shown if look.peer == peer]
        axes.bar(
            [place + number * width for place in range(len(values))], values, width, label=peer
        )
    axes.set_xticks([place + 0.4 - width / 2 for place in range(len(renditions))], renditions)
    axes.axhline(-0.1, color="grey", linestyle="--", label="goal: above")
    axes.axhline(0.0, color="black", linewidth=0.8)
    axes.set_title("PSNR difference to the same preset's ffmpeg, dB")
    axes.legend(fontsize=8)


def _draw_latencies(axes: Axes, latencies: Sequence[Latency]) -> None:
    groups: dict[str, list[float]] = {}
    for one in latencies:
        groups.setdefault(f"{one.peer}, {one.phase}", []).append(one.wall_seconds)
    for place, values in enumerate(groups.values()):
        spots = [place + 0.04 * (number % 7 - 3) for number in range(len(values))]
        axes.scatter(spots, values, s=10, alpha=0.7)
    axes.set_xticks(range(len(groups)), list(groups), rotation=20, fontsize=8)
    axes.set_ylabel("seconds")
    axes.set_ylim(bottom=0)
    axes.set_title("answer times (idle: one segment, all cores; load: one segment a core)")


def _draw_gates(axes: Axes, gates: Sequence[Gate]) -> None:
    axes.axis("off")
    step = 1 / max(1, len(gates) + 1)
    for number, gate in enumerate(gates):
        colour = _PASS_COLOUR if gate.passed else _FAIL_COLOUR
        axes.text(0, 1 - (number + 1) * step, gate_line(gate), color=colour, family="monospace")
