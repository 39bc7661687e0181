"""The end of a run in numbers: what `summary.json` holds and what a person reads (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.gateway.records import SegmentRecord, is_late
from tests.support.gates import Gate

__all__ = ["build_summary", "quantile", "summary_lines"]

_NOTABLE_LAG_SECONDS = 0.5


def quantile(values: Iterable[float], share: float) -> float | None:
    """Return the nearest-rank quantile, None of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def build_summary(
    *,
    records: Sequence[SegmentRecord],
    gates: Sequence[Gate],
    journey: str,
    first_rendition_seconds: float | None,
    feeder_lag_seconds: float = 0.0,
    stages: Mapping[str, float],
    files: Mapping[str, str],
) -> dict[str, Any]:
    """Return the summary; `_seconds` from the command's start or of each stage, as named."""
    answers = [record.answered_seconds for record in records if record.answered_seconds is not None]
    return {
        "first_rendition_seconds": _rounded(first_rendition_seconds),
        "feeder_lag_seconds": feeder_lag_seconds,
        "segments": len(records),
        "lost": sum(record.outcome == "lost" for record in records),
        "late": sum(is_late(record) for record in records),
        "answered_seconds": {
            "p50": _rounded(quantile(answers, 0.5)),
            "p95": _rounded(quantile(answers, 0.95)),
            "max": _rounded(quantile(answers, 1.0)),
        },
        "source_bytes": sum(record.source_bytes for record in records),
        "rendition_bytes": sum(one.size_bytes for record in records for one in record.renditions),
        "pixels": sum(one.pixels for record in records for one in record.renditions),
        "streams": sorted({record.stream for record in records}),
        "errors": sorted({record.error for record in records if record.error}),
        "pods": journey,
        "stage_seconds": dict(stages),
        "files": dict(files),
        "gates": {
            gate.name: {"value": gate.value, "goal": gate.goal, "passed": gate.passed}
            for gate in gates
        },
    }


def summary_lines(summary: Mapping[str, Any]) -> list[str]:
    """Return the summary for a person."""
    answered = summary["answered_seconds"]
    return [
        f"{summary['segments']} segments of {len(summary['streams'])} streams",
        f"{summary['lost']} lost, {summary['late']} late",
        "answered in {p50} s (median), {p95} s (95 %), {max} s (worst)".format(**answered),
        f"pods {summary['pods'] or 'unknown'}",
        f"first rendition {summary['first_rendition_seconds']} s after the command",
        *_lag_lines(summary["feeder_lag_seconds"]),
        *(f"error seen: {error}" for error in summary["errors"]),
        *(f"{name}: {path}" for name, path in summary["files"].items()),
    ]


def _lag_lines(seconds: float) -> list[str]:
    """Say when the numbers are the machine's rather than Podium's."""
    if seconds < _NOTABLE_LAG_SECONDS:
        return []
    return [f"the feeder itself was held up for up to {seconds:.1f} s: this machine is overloaded"]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
