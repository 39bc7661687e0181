"""What a run made, as a table for people and as JSON for programs. Pure text."""

import json
import math
from collections.abc import Sequence
from typing import Any

from podium_worker.batch import units
from podium_worker.batch.records import MadeFile, RenditionTotal, SegmentRecord, Summary

__all__ = ["json_report", "table_report"]

_HEADER = ("rendition", "size", "frames", "seconds", "x real time", "bytes", "bit rate", "PSNR")
_LEFT = 2
_MOST_FAILURES = 20


def table_report(summary: Summary, *, playlist: str = "") -> str:
    """Return the table, a sentence, the failures, and where to play it."""
    lines = _table(summary) if summary.renditions else []
    lines.append(_sentence(summary))
    lines += [f"  {record.name}: {record.error}" for record in summary.failed[:_MOST_FAILURES]]
    if len(summary.failed) > _MOST_FAILURES:
        lines.append(f"  and {len(summary.failed) - _MOST_FAILURES} more; --json lists all")
    if playlist:
        lines.append(f"play {playlist}")
    return "\n".join(lines) + "\n"


def json_report(summary: Summary, *, playlist: str = "") -> str:
    """Return everything as one JSON object; keys carry their units."""
    document = {
        "segments": [_segment(record) for record in summary.records],
        "renditions": [_rendition(total) for total in summary.renditions],
        "total": {
            "segments": len(summary.records),
            "failed": len(summary.failed),
            "isInterrupted": summary.is_interrupted,
            "seconds": round(summary.seconds, 6),
            "wallSeconds": round(summary.wall_seconds, 3),
            "realTimeFactor": round(summary.real_time_factor, 3),
            "frames": sum(total.frames for total in summary.renditions),
            "bytes": sum(total.bytes for total in summary.renditions),
            "slots": summary.slots,
            "hardware": summary.hardware,
            "encoderProfile": summary.encoder_profile,
            "playlist": playlist or None,
        },
    }
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def _table(summary: Summary) -> list[str]:
    rows = [_HEADER, *(_row(total, summary) for total in summary.renditions), _last_row(summary)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    lines = ["  ".join(_cells(row, widths)).rstrip() for row in rows]
    rule = "─" * max(len(line) for line in lines)
    return [lines[0], rule, *lines[1:-1], rule, lines[-1], ""]


def _cells(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [
        cell.ljust(width) if column < _LEFT else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]


def _row(total: RenditionTotal, summary: Summary) -> tuple[str, ...]:
    factor = total.seconds / summary.wall_seconds if summary.wall_seconds > 0 else 0.0
    return (
        total.rendition,
        f"{total.width}x{total.height}",
        str(total.frames),
        f"{total.seconds:.2f}",
        f"{factor:.2f}",
        units.size(total.bytes),
        units.bit_rate(total.bits_per_second),
        units.decibels(total.psnr_db),
    )


def _last_row(summary: Summary) -> tuple[str, ...]:
    count = sum(total.bytes for total in summary.renditions)
    seconds = summary.seconds
    return (
        "total",
        "",
        str(sum(total.frames for total in summary.renditions)),
        f"{seconds:.2f}",
        f"{summary.real_time_factor:.2f}",
        units.size(count),
        units.bit_rate(8 * count / seconds) if seconds > 0 else "-",
        "",
    )


def _sentence(summary: Summary) -> str:
    done = len(summary.records) - len(summary.failed)
    parts = [
        f"{done} segment{'' if done == 1 else 's'} in {summary.wall_seconds:.1f} s",
        f"{summary.real_time_factor:.2f} x real time",
        f"{summary.slots} slot{'' if summary.slots == 1 else 's'}",
        f"{summary.hardware}, {summary.encoder_profile}",
    ]
    words = " · ".join(parts)
    if summary.failed:
        words += f" · {len(summary.failed)} failed"
    return f"interrupted: {words}" if summary.is_interrupted else words


def _segment(record: SegmentRecord) -> dict[str, Any]:
    return {
        "number": record.number,
        "name": record.name,
        "sourceBytes": record.source_bytes,
        "seconds": round(record.seconds, 6),
        "workSeconds": round(record.work_seconds, 3),
        "error": record.error or None,
        "files": [_file(made) for made in record.files],
    }


def _file(made: MadeFile) -> dict[str, Any]:
    return {
        "rendition": made.rendition,
        "path": made.path,
        "width": made.width,
        "height": made.height,
        "frames": made.frames,
        "bytes": made.bytes,
        "seconds": round(made.seconds, 6),
        "psnrDb": _finite(made.psnr_db),
    }


def _rendition(total: RenditionTotal) -> dict[str, Any]:
    return {
        "name": total.rendition,
        "width": total.width,
        "height": total.height,
        "frames": total.frames,
        "seconds": round(total.seconds, 6),
        "bytes": total.bytes,
        "bitsPerSecond": round(total.bits_per_second),
        "psnrDb": _finite(total.psnr_db),
    }


def _finite(value: float | None) -> float | None:
    """JSON has no infinity: pictures without any error read null, as those not measured."""
    return None if value is None or math.isinf(value) else round(value, 3)
