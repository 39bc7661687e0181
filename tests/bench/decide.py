"""How long one scaling decision takes: 100 pools of 200 pods, half an hour of history, on one core.

Prints a line and two gates: the 99th percentile stays below half a second, and twice the pools
take about twice the time. CPU time, so that a busy machine does not change the answer.
"""

import time
from dataclasses import replace
from typing import Final

from tests.support.ending import end_with
from tests.support.gates import Gate, all_pass, gate_line

from podium_operator.scaling import (
    ClassDemand,
    Inputs,
    PoolState,
    Role,
    Service,
    Source,
    Window,
    decide,
)

_ROUNDS: Final = 100
_LIMIT_SECONDS: Final = 0.5
_LIMIT_RATIO: Final = 2.6
_CLASSES: Final = 8


def main() -> int:
    """Measure and judge."""
    single, double = _percentile(_times(100)), _percentile(_times(200))
    print(f"decide: p99 {1e3 * single:.1f} ms for 100 pools, {1e3 * double:.1f} ms for 200")
    gates = (
        Gate("decide-p99", f"{single:.3f}s", f"<{_LIMIT_SECONDS}s", single < _LIMIT_SECONDS),
        Gate(
            "decide-linear",
            f"{double / single:.2f}x",
            f"<{_LIMIT_RATIO}x",
            double / single < _LIMIT_RATIO,
        ),
    )
    for gate in gates:
        print(gate_line(gate))
    return int(not all_pass(gates))


def _times(pools: int) -> list[float]:
    """Every load is another one, so that nothing is answered from a cache."""
    moment, window, found = _moment(pools), _seasoned(), []
    for tick in range(_ROUNDS):
        demand = tuple(
            replace(one, streams=one.streams + tick, waiting_slot_seconds=float(tick % 3))
            for one in moment.demand
        )
        began = time.process_time()
        _, window = decide(replace(moment, now=2.0 * tick, demand=demand), window=window)
        found.append(time.process_time() - began)
    return found


def _seasoned() -> Window:
    """A window with half an hour of restless history."""
    history = tuple((float(at), 900.0 + (at * 7919) % 97) for at in range(-1800, 0, 5))
    return Window(started_at=-1e6, history=history)


def _moment(pools: int) -> Inputs:
    service = {
        _name(number): Service(0.3 + 0.1 * number, 0.5 + 0.1 * number) for number in range(8)
    }
    many = tuple(
        PoolState(
            name=f"pool-{number}",
            role=Role.OVERFLOW if number % 4 == 3 else Role.BASE,
            minimum=1,
            maximum=200,
            slots=8,
            current=200,
            ready=150,
            pending_etas=tuple(float(eta) for eta in range(50)),
            startup_seconds=float(15 + number),
            cost_per_hour=1.0 + number % 5,
            service=service,
        )
        for number in range(pools)
    )
    demand = tuple(ClassDemand(_name(number), 400, 2.0) for number in range(_CLASSES))
    return Inputs(0.0, (Source("node-0", 0.5),), demand, many, budget_per_hour=1e5)


def _name(number: int) -> str:
    return f"h264/{320 + number}x240@30"


def _percentile(times: list[float]) -> float:
    return sorted(times)[int(0.99 * len(times))]


if __name__ == "__main__":
    end_with(main)
