"""The figures as text: late per cent / cost by trace, and the sums (pure)."""

from collections.abc import Mapping, Sequence

from tests.bench.scaling.compare import Cell

__all__ = ["markdown", "sums"]


def markdown(cells: Mapping[tuple[str, str], Cell], shapes: Sequence[str]) -> str:
    """Return late % / cost for every policy and trace as a Markdown table."""
    policies = dict.fromkeys(policy for policy, _ in cells)
    rows = [[policy, *(_figures(cells[policy, shape]) for shape in shapes)] for policy in policies]
    return _table(["late % / cost (s to capacity)", *shapes], rows)


def sums(totals: Mapping[str, Cell]) -> str:
    """Return the sums over all short traces as a Markdown table."""
    head = [
        "sum",
        "late %",
        "cost",
        "base pod-h",
        "overflow pod-h",
        "actions",
        "reversals",
        "busy on leaving pods",
    ]
    rows = [
        [
            policy,
            f"{100 * cell.late_share:.3f}",
            f"{cell.cost:.1f}",
            f"{cell.base_hours:.1f}",
            f"{cell.overflow_hours:.1f}",
            f"{cell.actions}",
            f"{cell.reversals}",
            f"{cell.exposed}",
        ]
        for policy, cell in totals.items()
    ]
    return _table(head, rows)


def _figures(cell: Cell) -> str:
    reached = "" if cell.capacity_seconds is None else f" ({cell.capacity_seconds:.0f})"
    return f"{100 * cell.late_share:.3f} / {cell.cost:.1f}{reached}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[place]) for row in [head, *rows]) for place in range(len(head))]
    lines = [head, ["-" * width for width in widths], *rows]
    return "\n".join(
        "| "
        + " | ".join(text.ljust(width) for text, width in zip(line, widths, strict=True))
        + " |"
        for line in lines
    )
