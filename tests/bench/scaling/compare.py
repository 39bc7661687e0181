"""Every policy on every trace, side by side in as many processes as there are cores."""

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from tests.bench.scaling.outcome import Outcome
from tests.bench.scaling.policies import POLICIES
from tests.bench.scaling.shapes import make_trace
from tests.bench.scaling.stage import BASE, PoolKind
from tests.bench.scaling.trace import Trace
from tests.bench.scaling.world import Conditions, simulate

__all__ = ["Case", "Cell", "run_cases", "total"]


@dataclass(frozen=True, slots=True)
class Case:
    """One run: a policy's name, a shape with its seed or a trace of somebody's, the pools' start.

    `base_start_seconds`: how long a base pod takes to start.
    """

    policy: str
    shape: str
    seed: int
    base_start_seconds: float = BASE.start_seconds
    sheds: bool = True
    trace: Trace | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """Several runs of one policy, summed up."""

    late_share: float
    cost: float
    base_hours: float
    overflow_hours: float
    actions: int
    reversals: int
    base_reversals: int
    exposed: int
    capacity_seconds: float | None


def run_cases(
    cases: Sequence[Case], *, workers: int, done: Callable[[Case, Outcome], None]
) -> dict[Case, Outcome]:
    """Run all cases, the longest first; `done` hears of each as it ends."""
    ordered = sorted(cases, key=lambda case: case.shape != "diurnal")
    results = {}
    fresh = multiprocessing.get_context("spawn")  # a fork takes others' locks with it
    with ProcessPoolExecutor(workers, mp_context=fresh, initializer=_end_at_once) as pool:
        for case, outcome in zip(ordered, pool.map(_run, ordered), strict=True):
            results[case] = outcome
            done(case, outcome)
    return results


def total(outcomes: Iterable[Outcome]) -> Cell:
    """Sum runs up: the share of all segments, the sum of all bills, the worst time to capacity."""
    runs = tuple(outcomes)
    segments = sum(run.segments for run in runs)
    reached = [run.capacity_seconds for run in runs if run.capacity_seconds is not None]
    return Cell(
        late_share=sum(run.late for run in runs) / segments if segments else 0.0,
        cost=sum(run.cost for run in runs),
        base_hours=sum(run.base_hours for run in runs),
        overflow_hours=sum(run.overflow_hours for run in runs),
        actions=sum(run.actions for run in runs),
        reversals=sum(run.reversals for run in runs),
        base_reversals=sum(run.base_reversals for run in runs),
        exposed=sum(run.exposed for run in runs),
        capacity_seconds=max(reached, default=None),
    )


def _end_at_once() -> None:
    """After Ctrl-C a worker would tell of it and go on with its next run, for minutes."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _run(case: Case) -> Outcome:
    trace = case.trace or make_trace(case.shape, case.seed)
    policy = POLICIES[case.policy]
    pools = tuple(partial(_started, case)(kind) for kind in policy.pools)
    conditions = Conditions(pools, seed=case.seed, sheds=case.sheds)
    return simulate(trace, policy.make(pools, trace), conditions)


def _started(case: Case, kind: PoolKind) -> PoolKind:
    return kind if kind.is_overflow else replace(kind, start_seconds=case.base_start_seconds)
