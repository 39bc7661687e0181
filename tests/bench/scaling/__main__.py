"""`python -m tests.bench.scaling`: the comparison from start to gates, without a cluster.

Tuning looked at seeds 1 to 3 of the shapes ramp, churn, flash, failover, spot, blackout and
diurnal only; what is printed comes from seeds 10 to 12, and the shapes reconnect, mix-shift,
slow-gateway and node-failure were held out altogether. Of the replay's traces (live) seeds 1, 2 and
10 to 12 were looked at; it uses 20.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.bench.scaling.compare import Case, Cell, run_cases, total
from tests.bench.scaling.gates import peer_gates, start_gate
from tests.bench.scaling.given import TraceError, fitting, given_traces
from tests.bench.scaling.keeping import keep, kept
from tests.bench.scaling.outcome import Outcome
from tests.bench.scaling.picture import draw
from tests.bench.scaling.policies import POLICIES
from tests.bench.scaling.shapes import SHAPES
from tests.bench.scaling.table import markdown, sums
from tests.bench.scaling.trace import Trace
from tests.support.ending import end_with
from tests.support.gates import all_pass, gate_line

__all__ = ["main"]

_HELD_OUT_SEEDS = (10, 11, 12)
_BASE_STARTS = (45.0, 90.0, 180.0, 300.0)
_OURS = "Podium"
_MOST_WORKERS = 60


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, write table and picture, print the gates; 1 if one fails, 2 for what cannot be run."""
    options = _options(arguments)
    try:
        traces = given_traces(options.trace)
    except TraceError as error:
        print(error, file=sys.stderr)
        return 2
    cases = _cases(options, traces)
    results = _results(options, cases)
    shapes = [trace.name for trace in traces] or options.shapes
    cells = _cells(results, shapes)
    short = [shape for shape in shapes if traces or shape != "diurnal"]
    text = markdown(cells, shapes) + "\n\n" + sums(_sums(results, short)) + "\n"
    (options.out / "scaling.md").write_text(text)
    draw(cells, shapes, options.out / "scaling.png")
    print(text)
    if traces or set(shapes) < set(SHAPES):
        print("gates: only for all shapes together")
        return 0
    gates = peer_gates(lambda policy, some: _total(results, policy, some), shapes)
    gates.append(start_gate(_late_by_start(results)))
    for gate in gates:
        print(gate_line(gate))
    return 0 if all_pass(gates) else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make bench-scaling", description=__doc__, usage='%(prog)s ARGS="[OPTION]…"'
    )
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--seeds", nargs="+", type=int, default=list(_HELD_OUT_SEEDS))
    parser.add_argument(
        "--trace", type=Path, action="append", default=[], help="a trace file instead of shapes"
    )
    parser.add_argument("--workers", type=_count, default=os.cpu_count() or 1)
    parser.add_argument("--fifo", action="store_true", help="work on segments that are late too")
    parser.add_argument("--add", action="store_true", help="go on with the runs kept in --out")
    parser.add_argument("--out", type=Path, default=Path("build/bench-scaling"))
    options = parser.parse_args(arguments)
    options.shapes, options.seeds = (
        [*dict.fromkeys(options.shapes)],
        [*dict.fromkeys(options.seeds)],
    )
    try:
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"--out: {options.out}: {error.strerror}: name a folder to write to")
    return options


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text[:9]) <= _MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"{text!r}: write a number from 1 to {_MOST_WORKERS}")
    return int(text)


def _cases(options: argparse.Namespace, traces: Sequence[Trace]) -> list[Case]:
    sheds = not options.fifo
    if traces:
        return [
            Case(name, trace.name, seed, sheds=sheds, trace=fitting(trace, policy.pools))
            for trace in traces
            for name, policy in POLICIES.items()
            for seed in options.seeds
        ]
    cases = [
        Case(policy, shape, seed, sheds=sheds)
        for shape in options.shapes
        for policy in POLICIES
        for seed in (options.seeds[:1] if shape == "diurnal" else options.seeds)
    ]
    if "flash" in options.shapes:
        cases += [
            Case(_OURS, "flash", seed, start, sheds=sheds)
            for start in _BASE_STARTS
            for seed in options.seeds
        ]
    return list(dict.fromkeys(cases))


def _results(options: argparse.Namespace, cases: Sequence[Case]) -> dict[Case, Outcome]:
    """Run what was not kept, and keep each run as it ends."""
    file: Path = options.out / "runs.jsonl"
    if not options.add:
        file.unlink(missing_ok=True)
    known = {case: outcome for case, outcome in kept(file).items() if case in set(cases)}
    left = [case for case in cases if case not in known]
    progress = _Progress(len(left))

    def done(case: Case, outcome: Outcome) -> None:
        keep(file, case, outcome)
        progress(case, outcome)

    return known | run_cases(left, workers=options.workers, done=done)


def _cells(results: dict[Case, Outcome], shapes: Sequence[str]) -> dict[tuple[str, str], Cell]:
    return {
        (policy, shape): _total(results, policy, [shape]) for policy in POLICIES for shape in shapes
    }


def _sums(results: dict[Case, Outcome], shapes: Sequence[str]) -> dict[str, Cell]:
    return {policy: _total(results, policy, shapes) for policy in POLICIES}


def _total(results: dict[Case, Outcome], policy: str, shapes: Sequence[str]) -> Cell:
    usual = Case(policy, "", 0).base_start_seconds
    return total(
        outcome
        for case, outcome in results.items()
        if case.policy == policy and case.shape in shapes and case.base_start_seconds == usual
    )


def _late_by_start(results: dict[Case, Outcome]) -> dict[float, float]:
    return {
        start: total(
            outcome
            for case, outcome in results.items()
            if (case.policy, case.shape, case.base_start_seconds) == (_OURS, "flash", start)
        ).late_share
        for start in _BASE_STARTS
    }


class _Progress:
    """One line per finished run, rewritten on a terminal."""

    def __init__(self, count: int) -> None:
        self._left = self._count = count

    def __call__(self, case: Case, outcome: Outcome) -> None:
        self._left -= 1
        line = f"{self._count - self._left}/{self._count} {case.policy} {case.shape} {case.seed}"
        end = "\r\033[K" if sys.stderr.isatty() else "\n"
        print(f"{line}: {100 * outcome.late_share:.3f} % late", end=end, file=sys.stderr)


if __name__ == "__main__":
    end_with(main)
