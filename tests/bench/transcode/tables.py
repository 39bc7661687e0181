"""Findings as tables for a terminal and for a page (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tests.bench.transcode.findings import Comparison, Findings
from tests.bench.transcode.ratios import Spread
from tests.bench.transcode.samples import Measured

__all__ = ["Table", "build_tables", "markdown", "plain"]

_MB = 1e6


@dataclass(frozen=True, slots=True)
class Table:
    """A heading, a sentence that says how to read it, column names and rows."""

    heading: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def plain(tables: Iterable[Table]) -> str:
    """Return the tables in columns of even width."""
    return "\n".join(_plain(table) for table in tables)


def markdown(tables: Iterable[Table]) -> str:
    """Return the tables as markdown."""
    return "\n".join(_markdown(table) for table in tables)


def build_tables(findings: Findings, measured: Measured) -> list[Table]:
    """Return every table that has a row."""
    tables = [
        _throughput("Full load, sources of 30 frames/s", findings.overall, measured),
        _throughput(
            "Full load, sources of 60 frames/s made into 30", findings.double_rate, measured
        ),
        _contents(findings),
        _fidelity(findings),
        _floor(findings, measured),
        _rest(findings),
    ]
    return [table for table in tables if table.rows]


def _throughput(heading: str, comparisons: Mapping[str, Comparison], measured: Measured) -> Table:
    note = (
        "Work per core-second and per second against one process per segment at the same preset: "
        "median of paired ratios (middle four fifths), above 1 is better. Absolute CPU for context."
    )
    columns = ("peer", "against", "per core", "spread", "pairs", "by the clock", "bytes", "CPU-s/s")
    rows = [
        (
            one.peer,
            one.baseline,
            f"{one.cpu.median:.3f}x",
            _range(one.cpu, "{:.2f}"),
            str(one.cpu.count),
            f"{one.wall.median:.3f}x" if one.wall else "",
            f"{100 * (one.bytes.median - 1):+.2f}%",
            _absolute(one.peer, measured),
        )
        for one in comparisons.values()
    ]
    return Table(heading, note, columns, tuple(rows))


def _absolute(peer: str, measured: Measured) -> str:
    mine = [one for one in measured.samples if one.peer == peer]
    media = sum(one.media_seconds for one in mine)
    return f"{sum(one.cpu_seconds for one in mine) / media:.2f}" if media else ""


def _contents(findings: Findings) -> Table:
    peers = list(dict.fromkeys(peer for _, peer in findings.by_content))
    contents = list(dict.fromkeys(content for content, _ in findings.by_content))
    rows = []
    for content in contents:
        cells = [findings.by_content.get((content, peer)) for peer in peers]
        rows.append((content, *(f"{cell.cpu.median:.2f}" if cell else "" for cell in cells)))
    note = "Work per core-second against the peer's baseline, by content."
    return Table("By content", note, ("content", *peers), tuple(rows))


def _fidelity(findings: Findings) -> Table:
    note = (
        "Mean difference to the baseline over the contents, and the worst one. PSNR and SSIM: luma "
        "at the rendition's size, source scaled by zimg's spline36. VMAF: at the source's size."
    )
    columns = ("peer", "rendition", "PSNR dB", "worst", "SSIM", "VMAF", "worst", "bytes")
    rows = [
        (
            look.peer,
            look.rendition,
            f"{look.psnr_db:+.2f}",
            f"{look.worst_psnr_db:+.2f}",
            f"{look.ssim:+.4f}",
            "" if look.vmaf is None else f"{look.vmaf:+.2f}",
            "" if look.worst_vmaf is None else f"{look.worst_vmaf:+.2f}",
            f"{100 * (look.bytes - 1):+.2f}%",
        )
        for look in findings.looks
    ]
    return Table("Quality", note, columns, tuple(rows))


def _floor(findings: Findings, measured: Measured) -> Table:
    del findings
    note = (
        "CPU seconds of one segment, one thread: each stage alone, and the engine as a whole "
        "(segment profile; the last pair). Over: median of the pairs."
    )
    columns = ("content", "decode", "scale", "encode", "floor", "whole", "over")
    rows = []
    for content, parts in measured.floor_parts.items():
        over = sorted(measured.over_floor[content])
        stages = [f"{parts[name]:.3f}" for name in ("decode", "scale", "encode", "cpu", "whole")]
        rows.append((content, *stages, f"{100 * over[len(over) // 2]:+.1f}%"))
    return Table("Over the floor", note, columns, tuple(rows))


def _rest(findings: Findings) -> Table:
    rows = [
        *_spread_row("one segment, idle cores: slots against cli", findings.idle, "{:.2f}"),
        *_spread_row("isolation, seconds", findings.isolation_seconds, "{:.4f}"),
        *_spread_row("back after kill -9, seconds", findings.recovery_seconds, "{:.2f}"),
        *(
            (f"p99/p50 at full load: {peer}", f"{tail:.2f}", "")
            for peer, tail in findings.load_tail.items()
        ),
        *(
            (f"peak memory of a slot, MB: {name}", f"{size / _MB:.0f}", "")
            for name, size in findings.peak_bytes.items()
        ),
    ]
    if findings.idle_p99:
        ours, theirs = findings.idle_p99
        rows.append(("p99 with idle cores, in cli medians", f"{ours:.2f}", f"cli {theirs:.2f}"))
    if findings.idle_bytes is not None:
        rows.append(("memory of an idle slot, MB", f"{findings.idle_bytes / _MB:.0f}", ""))
    note = "Medians (middle four fifths)."
    return Table("Latency, memory, isolation", note, ("what", "value", "spread"), tuple(rows))


def _spread_row(name: str, spread: Spread | None, shown: str) -> Sequence[tuple[str, str, str]]:
    return [(name, shown.format(spread.median), _range(spread, shown))] if spread else []


def _range(spread: Spread, shown: str) -> str:
    return f"{shown.format(spread.low)}..{shown.format(spread.high)}"


def _plain(table: Table) -> str:
    lines = [table.columns, *table.rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(table.columns))]
    body = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    return "\n".join([table.heading, *(f"  {line}" for line in body), ""])


def _markdown(table: Table) -> str:
    rule = "|".join("---" for _ in table.columns)
    rows = [f"| {' | '.join(row)} |" for row in (table.columns, *table.rows)]
    return "\n".join(
        [f"## {table.heading}", "", table.note, "", rows[0], f"|{rule}|", *rows[1:], ""]
    )
