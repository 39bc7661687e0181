"""After the run: decode what was saved, write and play the HLS, and measure the gates (thin)."""

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tests.demo.decoding import FileReport, report_from_json
from tests.demo.gates import Findings
from tests.demo.hls import SavedStream, check_hls, write_hls
from tests.demo.pods import PodSample, describe_journey, went_up_and_back
from tests.gateway.messages import Rendition
from tests.gateway.records import Outcome, SegmentRecord, is_late
from tests.gateway.saving import segment_path

__all__ = ["decode_all", "find", "pixel_problems", "write_and_check_hls"]


def decode_all(root: Path, timeout_seconds: float) -> dict[str, FileReport]:
    """Decode every saved file in a process of low priority; reports by relative path."""
    command = [sys.executable, "-m", "tests.demo.decoding", str(root)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=timeout_seconds
    )
    reports = [report_from_json(json.loads(line)) for line in done.stdout.splitlines()]
    return {report.path: report for report in reports}


def pixel_problems(
    root: Path, records: Iterable[SegmentRecord], reports: Mapping[str, FileReport]
) -> list[str]:
    """Return each answered rendition that is missing, does not decode, or lies about its pixels."""
    problems = []
    for record in records:
        for one in record.renditions:
            path = segment_path(root, record.stream, rendition=one.name, seq=record.seq)
            report = reports.get(str(path.relative_to(root)))
            if report is None:
                problems.append(f"{path.name} of {record.stream}/{one.name}: not saved")
            elif report.error:
                problems.append(f"{report.path}: {report.error}")
            elif report.pixels != one.pixels:
                problems.append(
                    f"{report.path}: {report.pixels} pixels decode, {one.pixels} were claimed"
                )
    return problems


def write_and_check_hls(
    root: Path,
    records: Sequence[SegmentRecord],
    *,
    ladder: Sequence[Rendition],
    reports: Mapping[str, FileReport],
) -> tuple[dict[str, Path], list[str]]:
    """Write the playlists of every stream; return the masters and what keeps them from playing."""
    masters: dict[str, Path] = {}
    problems: list[str] = []
    for stream in sorted({record.stream for record in records}):
        mine = sorted(
            (one for one in records if one.stream == stream and one.outcome == Outcome.OK),
            key=lambda one: one.seq,
        )
        if mine:
            masters[stream] = write_hls(root, SavedStream(stream, tuple(mine)), ladder)
            problems += check_hls(root, stream, reports)
    if not masters:
        problems.append("no stream was saved")
    return masters, problems


def find(
    records: Sequence[SegmentRecord],
    pods: Sequence[PodSample],
    *,
    peak: int,
    undecodable: Sequence[str],
    hls_problems: Sequence[str],
) -> Findings:
    """Return what the gates judge."""
    return Findings(
        submitted=len(records),
        lost=sum(record.outcome == Outcome.LOST for record in records),
        late=sum(is_late(record) for record in records),
        renditions=sum(len(record.renditions) for record in records),
        undecodable=tuple(undecodable),
        journey=describe_journey(pods),
        journey_done=went_up_and_back(pods, peak=peak),
        peak_pods=peak,
        hls_problems=tuple(hls_problems),
    )
