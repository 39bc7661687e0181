"""Whether consecutive segments play on without a hole or an overlap (pure)."""

from collections.abc import Sequence
from itertools import pairwise

from tests.demo.decoding import FileReport

__all__ = ["boundary_problems"]

_TOLERANCE_FRAMES = 0.6
_AUDIO_TOLERANCE_SECONDS = 0.06


def boundary_problems(reports: Sequence[FileReport]) -> list[str]:
    """Return what is wrong at the boundaries of one rendition's segments, in playing order."""
    problems = [f"{report.path}: {report.error}" for report in reports if report.error]
    for before, after in pairwise(report for report in reports if not report.error):
        problems += _video_problem(before, after) + _audio_problem(before, after)
    return problems


def _video_problem(before: FileReport, after: FileReport) -> list[str]:
    if before.last_seconds is None or before.first_seconds is None or after.first_seconds is None:
        return [f"{after.path}: no picture times"]
    frame = (before.last_seconds - before.first_seconds) / max(1, before.frames - 1)
    step = after.first_seconds - before.last_seconds
    if abs(step - frame) <= _TOLERANCE_FRAMES * frame:
        return []
    return [f"{after.path}: pictures go on after {step:.3f} s, not after one frame ({frame:.3f} s)"]


def _audio_problem(before: FileReport, after: FileReport) -> list[str]:
    if (before.audio_end_seconds is None) != (after.audio_first_seconds is None):
        return [f"{after.path}: sound in only one of two neighbours"]
    if before.audio_end_seconds is None or after.audio_first_seconds is None:
        return []
    hole = after.audio_first_seconds - before.audio_end_seconds
    if abs(hole) <= _AUDIO_TOLERANCE_SECONDS:
        return []
    return [f"{after.path}: sound goes on after a gap of {hole:.3f} s"]
