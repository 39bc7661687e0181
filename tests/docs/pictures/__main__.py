"""`make scaling-pictures`: draws docs/images/scaling-*.svg from the simulator in a minute."""

import argparse
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path

from tests.bench.scaling.policies import POLICIES
from tests.docs.pages import REPOSITORY
from tests.docs.pictures.drawing import draw_cost, draw_runs, draw_staffing
from tests.docs.pictures.runs import SHAPES, Run, watch

_SEED = 1
_SIDE_BY_SIDE = ("Podium", "KEDA tuned", "HPA CPU")
_SHOWN = {
    "flash": "Four times the streams within a minute",
    "spot": "Two fifths of the pods are taken back at once",
}


def main() -> None:
    options = _options()
    runs = _runs(options.workers)
    for shape, title in _SHOWN.items():
        some = [runs[policy, shape] for policy in _SIDE_BY_SIDE]
        draw_runs(some, options.out / f"scaling-{shape}.svg", title=title)
    by_shape: dict[str, Sequence[Run]] = {
        shape: [runs[policy, shape] for policy in POLICIES] for shape in SHAPES
    }
    title = "Late segments against cost: lower left is better"
    draw_cost(by_shape, options.out / "scaling-cost.svg", title=title)
    staffing = "What a load needs so that one segment in a thousand waits too long"
    draw_staffing(options.out / "scaling-staffing.svg", title=staffing)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scaling-pictures", description=__doc__)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, default=REPOSITORY / "docs" / "images")
    return parser.parse_args()


def _runs(workers: int) -> dict[tuple[str, str], Run]:
    cases = [*product(POLICIES, SHAPES)]
    policies, shapes = zip(*cases, strict=True)
    with ProcessPoolExecutor(workers) as pool:
        found = pool.map(watch, policies, shapes, [_SEED] * len(cases))
        return dict(zip(cases, found, strict=True))


if __name__ == "__main__":
    main()
