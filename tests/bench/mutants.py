"""Plants faults in a copy of the policy, one at a time, and shows that the tests catch each.

`make mutants-scaling` runs it: a line per mutant with the test that caught it, and status 1 where
one lives. A mutant whose text is not in the source any more is a failure as well: a list that
silently tests nothing is worse than none.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.ending import end_with

ROOT: Final = Path(__file__).resolve().parents[2]
SOURCE: Final = ROOT / "operator" / "src"
PROPERTIES: Final = "tests/property/operator/test_scaling.py"
MACHINE: Final = "tests/property/operator/test_scaling_machine.py"
TABLES: Final = "tests/unit/operator/scaling"
_SECONDS: Final = 150


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault: `old` becomes `new` in `module`; `tests` and the word `by` say who must see it."""

    name: str
    module: str
    old: str
    new: str
    by: str
    tests: str = PROPERTIES


MUTANTS: Final = (
    Mutant(
        "the maximum is no limit",
        "timing",
        "return max(pool.least, min(pods, pool.maximum))",
        "return max(pool.least, pods)",
        "test_1",
    ),
    Mutant(
        "fast work lowers the mean",
        "staffing",
        "return min(slowest, (work + (filled - load + _STEP_ERLANGS) * slowest) / filled)",
        "return work / sum(demand.erlangs for demand in offered)",
        "test_10",
    ),
    Mutant(
        "starting pods are ordered again",
        "need",
        "pods = min(wanted + _made_up(pool, wanted), pool.maximum)",
        "pods = min(wanted + pool.pending, pool.maximum)",
        "test_3",
    ),
    Mutant(
        "stale load is acted on",
        "holding",
        "if len(silent) == len(inputs.sources):",
        "if not inputs.sources:",
        "test_4_stale",
    ),
    Mutant(
        "a silent node is forgotten",
        "decide",
        "raises_only=scene.hold is Hold.SILENT",
        "raises_only=False",
        "test_4_one",
    ),
    Mutant("steps in are twice as large", "timing", "Role.BASE: 10", "Role.BASE: 5", "test_5"),
    Mutant(
        "the window's peak is forgotten",
        "timing",
        "peak = max(pods for _, pods in samples)",
        "peak = need.kept",
        "test_6",
    ),
    Mutant(
        "scale-in goes below the need",
        "timing",
        "floor, current = _clamped(pool, peak),",
        "floor, current = _clamped(pool, peak - 2),",
        "test_7 or test_6",
    ),
    Mutant("a little over the budget", "budget", "excess <= _ROUNDING", "excess <= 2.0", "test_8"),
    Mutant(
        "the budget takes the minimum as well",
        "budget",
        "allowed[pool.name] - min(pool.minimum, pool.maximum)",
        "allowed[pool.name]",
        "test_8",
    ),
    Mutant(
        "overflow though base pods serve",
        "bridge",
        "left, until, soon = 1.0, 0.0, present.soon_seconds",
        "left, until, soon = 1.1, 0.0, present.soon_seconds",
        "test_9",
    ),
    Mutant("no hysteresis", "workload", "_SPARE: Final = 1.06", "_SPARE: Final = 1.0", "test_11"),
    Mutant(
        "a clock that goes back is followed",
        "holding",
        "inputs.now < window.last_at",
        "inputs.now < -1e9",
        "clock",
    ),
    Mutant(
        "the same, in a cluster that lives",
        "holding",
        "inputs.now < window.last_at",
        "inputs.now < -1e9",
        "Cluster",
        MACHINE,
    ),
    Mutant(
        "a new leader takes away at once",
        "timing",
        "if now - window.started_at < pool.window_seconds:",
        "if now < window.started_at:",
        "after_a_start",
    ),
    Mutant(
        "hostile numbers pass",
        "bounds",
        "return low if math.isnan(value) else min(max(value, low), high)",
        "return value",
        "no_number",
    ),
    Mutant(
        "pods are rounded down",
        "need",
        "return math.ceil(pods - _ROUNDING)",
        "return math.floor(pods)",
        "test_a_jump",
        TABLES,
    ),
    Mutant(
        "kappa without an end",
        "workload",
        "return min(busy / predicted, _LARGEST_KAPPA)",
        "return busy / predicted",
        "busy_slots",
        TABLES,
    ),
    Mutant("growth without a cap", "outlook", "_CAP: Final = 0.5", "_CAP: Final = 5.0", "", TABLES),
    Mutant(
        "noise is growth", "outlook", "_SIGMAS: Final = 4.0", "_SIGMAS: Final = 0.0", "", TABLES
    ),
    Mutant(
        "a climb is bridged that base pods meet",
        "bridge",
        "if not gap.share or not erlangs:",
        "if not erlangs:",
        "",
        TABLES,
    ),
    Mutant(
        "a climb may pause",
        "outlook",
        "return max(0.0, min(slopes))",
        "return max(0.0, *slopes)",
        "",
        TABLES,
    ),
    Mutant(
        "two samples of one moment are a climb",
        "outlook",
        "_CLIMB_SECONDS: Final = 2.0",
        "_CLIMB_SECONDS: Final = 0.0",
        "",
        TABLES,
    ),
    Mutant(
        "late base pods count for the bridge",
        "bridge",
        "sum(eta <= soon for eta in pool.pending_etas)",
        "len(pool.pending_etas)",
        "bridge",
        TABLES,
    ),
    Mutant(
        "dear slots first",
        "need",
        "(pool.cost_per_hour or 0) / (pool.slots * pool.speed)",
        "-(pool.cost_per_hour or 0) / (pool.slots * pool.speed)",
        "price",
        TABLES,
    ),
    Mutant("cheap pods shed first", "budget", "reverse=True", "reverse=False", "dearest", TABLES),
    Mutant(
        "every crowd is believed",
        "holding",
        "_JUMP_STREAMS: Final = 20.0",
        "_JUMP_STREAMS: Final = 2e9",
        "crowd",
        TABLES,
    ),
    Mutant(
        "no crowd is ever believed",
        "holding",
        "inputs.now - window.doubted_at < _TICK_SECONDS",
        "inputs.now >= 0",
        "crowd",
        TABLES,
    ),
    Mutant(
        "a silence's segments are pace",
        "workload",
        "window.clear_seconds(inputs.now) >= _SEGMENTS_SECONDS",
        "inputs.now >= -1e9",
        "silence",
        TABLES,
    ),
    Mutant(
        "lateness of starting pods counts",
        "decide",
        "any(pool.pending or pool.stuck for pool in pools)",
        "any(pool.stuck for pool in pools)",
        "late_segments",
        TABLES,
    ),
    Mutant(
        "stuck pods serve",
        "need",
        "rest = _Rest(max(0.0, rest.share - most), in_vain)",
        "rest = _Rest(max(0.0, rest.share - most), 0.0)",
        "stuck",
        TABLES,
    ),
    Mutant(
        "a schedule lowers",
        "model",
        "max(self.minimum, self.floor)",
        "(self.floor or self.minimum)",
        "test_1 or schedule",
    ),
    Mutant(
        "an encoder takes any number of streams",
        "need",
        "wanted = max(by_slots, by_streams)",
        "wanted = by_slots",
        "encoder",
    ),
    Mutant(
        "a sentence has no end",
        "wording",
        "return text if len(text) <= _LONGEST else",
        "return text if text else",
        "sentence_ends",
        TABLES,
    ),
    Mutant(
        "a record may hold any number",
        "recording",
        "if not abs(number) <= _LARGEST:",
        "if number == _LARGEST:",
        "no_decision_has",
        TABLES,
    ),
    Mutant(
        "a record loses a digit",
        "recording",
        "Recording(at, bounded(inputs), window)",
        "Recording(at, bounded(inputs), replace(window, history=()))",
        "replays",
        TABLES,
    ),
)


def main() -> int:
    """Try every mutant; returns 1 where one lived or could not be planted."""
    with ThreadPoolExecutor(max_workers=max(1, (os.cpu_count() or 2) // 2)) as workers:
        lived = 0
        for mutant, verdict in zip(MUTANTS, workers.map(_verdict, MUTANTS), strict=True):
            word = "caught" if verdict else "LIVES "
            print(f"{word}  {mutant.name}: {verdict or 'by no test'}", flush=True)
            lived += not verdict
    print(f"{len(MUTANTS) - lived} of {len(MUTANTS)} mutants caught")
    return int(lived > 0)


def _verdict(mutant: Mutant) -> str:
    """The test that caught it; "" where it lives."""
    with tempfile.TemporaryDirectory(prefix="podium-mutant-") as folder:
        copy = Path(folder)
        shutil.copytree(SOURCE / "podium_operator", copy / "podium_operator")
        _plant(mutant, copy / "podium_operator" / "scaling" / f"{mutant.module}.py")
        try:
            return next(_failures(mutant, copy), "")
        except subprocess.TimeoutExpired:
            return f"{mutant.by}, which never ends"


def _plant(mutant: Mutant, path: Path) -> None:
    text = path.read_text()
    if text.count(mutant.old) != 1:
        raise SystemExit(f"{mutant.name}: {mutant.old!r} is not once in {path.name}: update it")
    path.write_text(text.replace(mutant.old, mutant.new))


def _failures(mutant: Mutant, copy: Path) -> Iterator[str]:
    chosen = ["-k", mutant.by] if mutant.by else []
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", mutant.tests]
    found = subprocess.run(
        [*command, *chosen],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    for line in found.stdout.splitlines():
        if line.startswith("FAILED"):
            yield line.split("::", maxsplit=1)[-1].split(" - ")[0]


if __name__ == "__main__":
    end_with(main)
