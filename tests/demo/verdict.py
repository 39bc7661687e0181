"""What a finished run was worth: decoded, played, drawn, summed up and judged (thin)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.demo.feeding import FeedRun
from tests.demo.gates import check_gates
from tests.demo.judging import decode_all, find, pixel_problems, write_and_check_hls
from tests.demo.manifest import LADDER
from tests.demo.stages import Stages
from tests.demo.summary import build_summary, summary_lines
from tests.support.gates import Gate

__all__ = ["Outputs", "judge"]

_DECODE_SECONDS = 300.0
_SHOWN_PROBLEMS = 5


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where a run's files are, and what it was to reach; `began_at` is unix seconds."""

    folder: Path
    began_at: float
    peak_pods: int

    @property
    def hls(self) -> Path:
        """The folder of all saved streams."""
        return self.folder / "hls"

    @property
    def picture(self) -> Path:
        """The plot of load, pods and lateness."""
        return self.folder / "run.png"

    @property
    def summary(self) -> Path:
        """The run in numbers."""
        return self.folder / "summary.json"


def judge(run: FeedRun, outputs: Outputs, stages: Stages) -> Sequence[Gate]:
    """Decode, play, draw and sum up a run; return its gates."""
    records, pods = run.board.records, run.board.pods
    with stages.stage("decoding every rendition"):
        reports = decode_all(outputs.hls, _DECODE_SECONDS)
        undecodable = pixel_problems(outputs.hls, records, reports)
    with stages.stage("writing and playing the HLS"):
        masters, problems = write_and_check_hls(
            outputs.hls, records, ladder=LADDER, reports=reports
        )
    _draw(run, outputs.picture)
    findings = find(
        records,
        pods,
        peak=outputs.peak_pods,
        undecodable=undecodable,
        hls_problems=problems,
    )
    gates = check_gates(findings)
    _sum_up(run, outputs, stages, gates=gates, journey=findings.journey, masters=masters)
    for problem in (*undecodable[:_SHOWN_PROBLEMS], *problems[:_SHOWN_PROBLEMS]):
        stages.say(problem)
    return gates


def _draw(run: FeedRun, picture: Path) -> None:
    from tests.demo.picture import draw  # noqa: PLC0415 - a second that the start can spare

    draw(
        picture,
        moments=run.board.moments,
        pods=run.board.pods,
        records=run.board.records,
        started_at=run.started_at,
    )


def _sum_up(
    run: FeedRun,
    outputs: Outputs,
    stages: Stages,
    *,
    gates: Sequence[Gate],
    journey: str,
    masters: Mapping[str, Path],
) -> None:
    first = run.board.first_rendition_at
    summary = build_summary(
        records=run.board.records,
        gates=gates,
        journey=journey,
        first_rendition_seconds=None if first is None else first - outputs.began_at,
        feeder_lag_seconds=run.board.worst_lag_seconds,
        stages=stages.took_seconds,
        files={
            "picture": str(outputs.picture),
            **{f"hls of {name}": str(path) for name, path in masters.items()},
        },
    )
    outputs.summary.write_text(json.dumps(summary, indent=1))
    for line in summary_lines(summary):
        stages.say(line)
