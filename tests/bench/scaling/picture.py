"""Lateness against cost, one panel per trace, one mark per policy."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from tests.bench.scaling.compare import Cell

__all__ = ["draw"]

_LEAST_LATE_PERCENT = 0.001
_COLUMNS = 4


def draw(cells: Mapping[tuple[str, str], Cell], shapes: Sequence[str], path: Path) -> None:
    """Write the picture; `cells` by (policy, shape)."""
    rows = -(-len(shapes) // _COLUMNS)
    figure, axes = plt.subplots(
        rows, _COLUMNS, figsize=(4 * _COLUMNS, 3.4 * rows), layout="constrained", squeeze=False
    )
    policies = list(dict.fromkeys(policy for policy, _ in cells))
    for place, panel in enumerate(axes.flat):
        if place < len(shapes):
            _panel(panel, cells, policies, shapes[place])
        else:
            panel.set_axis_off()
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5, frameon=False)
    figure.suptitle("Late segments against cost: lower left is better")
    figure.savefig(path, dpi=130)
    plt.close(figure)


def _panel(
    panel: Axes, cells: Mapping[tuple[str, str], Cell], policies: Sequence[str], shape: str
) -> None:
    for number, policy in enumerate(policies):
        cell = cells[policy, shape]
        late = max(100 * cell.late_share, _LEAST_LATE_PERCENT)
        is_ours = policy.startswith("Podium")
        panel.plot(
            cell.cost,
            late,
            "*" if is_ours else "o",
            color=f"C{number % 10}",
            markersize=13 if is_ours else 7,
            label=policy,
            linestyle="none",
        )
    panel.set_yscale("log")
    panel.set_title(shape, fontsize=10)
    panel.set_xlabel("pod-hours, overflow at double price", fontsize=8)
    panel.set_ylabel("late %", fontsize=8)
    panel.grid(visible=True, alpha=0.3)
