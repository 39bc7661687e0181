"""The command line of `make fuzz-transcode`: runs, shows how far it is, ends with gates."""

import argparse
import asyncio
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.fuzz.attempts import attempt, open_pool
from tests.fuzz.campaign import run_campaign
from tests.fuzz.cases import load_case
from tests.fuzz.corpus import of_folder
from tests.fuzz.findings import Findings, Plan
from tests.fuzz.footprint import one_heap_for_all_threads
from tests.fuzz.judging import Refusal, judge
from tests.fuzz.verdict import gates, new_files
from tests.support.gates import all_pass, gate_line

__all__ = ["main"]

_SHOWN = 20
_MEASURED = (
    *("parent_mebibytes", "child_mebibytes"),
    *("descriptors", "child_descriptors", "threads", "child_threads"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 when every gate passes, 1 when one fails."""
    options = _parser().parse_args(arguments)
    if options.replay:
        return asyncio.run(_replay(options.replay.resolve()))
    plan = Plan(
        seed=options.seed,
        count=options.count,
        large=options.large,
        slots=options.slots,
        out=options.out.resolve(),
        own=of_folder(options.media) if options.media else (),
    )
    return _run(plan)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    cores = len(os.sched_getaffinity(0))
    parser.add_argument("--count", type=int, default=10_000, help="segments of at most 360p")
    parser.add_argument("--large", type=int, default=200, help="segments of 1080p")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other damage")
    parser.add_argument("--slots", type=int, default=cores, help="children that transcode")
    parser.add_argument("--media", type=Path, help="folder of segments to damage as well")
    parser.add_argument(
        "--out", type=Path, default=Path("build/fuzz"), help="where failing inputs are kept"
    )
    parser.add_argument("--replay", type=Path, help="run one kept input, or any media file, alone")
    return parser


def _run(plan: Plan) -> int:
    print(f"fuzz: seed {plan.seed}, {plan.count} segments and {plan.large} of 1080p", flush=True)
    began = time.monotonic()
    progress = _Progress(plan.count + plan.large)
    one_heap_for_all_threads()
    with _own_folder():
        findings = asyncio.run(run_campaign(plan, progress.show))
    progress.end()
    _tell(findings, time.monotonic() - began)
    found = gates(plan, findings)
    for gate in found:
        print(gate_line(gate))
    return 0 if all_pass(found) else 1


@contextlib.contextmanager
def _own_folder() -> Iterator[None]:
    """Work in an empty folder with temporary files in it, so that a file left behind shows."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        before = tempfile.tempdir
        tempfile.tempdir = os.environ["TMPDIR"] = folder
        try:
            yield
        finally:
            tempfile.tempdir = before


class _Progress:
    """One line that moves on a terminal, a line per round elsewhere."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._began = time.monotonic()
        self._is_terminal = sys.stdout.isatty()

    def show(self, findings: Findings) -> None:
        """Show how far the run is."""
        seconds = time.monotonic() - self._began
        left = seconds / max(1, findings.done) * (self._total - findings.done)
        line = (
            f"{findings.done}/{self._total} segments, {findings.good} transcoded, "
            f"{len(findings.failures)} wrong, {seconds:.0f} s, {left:.0f} s to go"
        )
        end = "\033[K\r" if self._is_terminal else "\n"
        print(line, end=end, flush=True)

    def end(self) -> None:
        """Leave the moving line."""
        if self._is_terminal:
            print()


def _tell(findings: Findings, seconds: float) -> None:
    print(f"{findings.done} segments in {seconds:.0f} s: {findings.good} transcoded,")
    for text, count in findings.texts.most_common():
        print(f"  {count:6} {text}")
    if findings.stopped:
        print(f"{findings.stopped} stopped at their deadline")
    for name in _MEASURED:
        values = " ".join(f"{getattr(each, name):.4g}" for each in findings.footprints)
        print(f"{name.replace('_', ' ')} by round: {values}")
    for name in sorted(new_files(findings))[:_SHOWN]:
        print(f"left behind: {name}")
    for fault in findings.faults[:_SHOWN]:
        print(f"parent: {fault}")
    for failures in (findings.crashes, findings.failures):
        for failure in failures[:_SHOWN]:
            print(f"{failure.seed} ({failure.story}): {'; '.join(failure.complaints)}")
            print(f"  kept: {failure.path}")
        if len(failures) > _SHOWN:
            print(f"... and {len(failures) - _SHOWN} more")


async def _replay(path: Path) -> int:
    """Run one case in a slot of its own and say everything about it."""
    case = load_case(path)
    print(f"{case.seed}: {case.story}, {len(case.source)} bytes, {len(case.profiles)} profiles")
    async with open_pool(1) as pool:
        answer, seconds = await attempt(pool, case)
        deaths = pool.respawned
    if isinstance(answer, Refusal):
        print(f"refused after {seconds:.2f} s: {answer.text} ({answer.detail})")
    else:
        made = [(each.width, each.height, each.frames) for each in answer.renditions]
        print(f"transcoded in {seconds:.2f} s: {answer.decoded_frames} frames to {made}")
    complaints = judge(case, answer)
    for complaint in complaints:
        print(f"wrong: {complaint}")
    if deaths:
        print(f"{deaths} children ended")
    return 1 if complaints else 0
