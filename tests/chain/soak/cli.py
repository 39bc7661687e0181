"""`python -m tests.chain.soak`: rounds, deaths, table, ledger, gates; exit 1 if a gate fails."""

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.chain.soak.errands import soak_terms
from tests.chain.soak.killing import Death
from tests.chain.soak.rounds import Outcome
from tests.chain.soak.soak import kill_operators, place_for, play_rounds
from tests.chain.soak.table import (
    death_gates,
    death_lines,
    ledger_gates,
    ledger_lines,
    outcome_gates,
    outcome_table,
)
from tests.chain.soak.world import open_world
from tests.support.gates import all_pass, gate_line

__all__ = ["main"]

_SHOWN_EVERY = 50


def main(arguments: Sequence[str]) -> int:
    """Run the soak and print what it found; its result is the exit status."""
    options = _parser().parse_args(arguments)
    with open_world(options.seed) as world, tempfile.TemporaryDirectory() as name:
        folders = [Path(name, part) for part in ("rounds", "deaths")]
        for folder in folders:
            folder.mkdir()
        clock = _Clock()
        place = place_for(world, soak_terms(world.orchestrator), folders[0])
        played = play_rounds(
            world, place, rounds=options.rounds, seed=options.seed, told=clock.tell_round
        )
        clock.tell(f"{len(played.outcomes)} rounds")
        deaths = kill_operators(
            world, folders[1], points=options.points, seed=options.seed, told=clock.tell_death
        )
        clock.tell(f"{len(deaths)} deaths")
    table = outcome_table(played.outcomes)
    ledger = (*ledger_lines(played.entries), *played.gas_faults)
    for line in (*table, *death_lines(deaths), *ledger):
        print(line)
    gates = [*outcome_gates(played.outcomes), *ledger_gates(played.difference)]
    gates += death_gates(deaths, wanted=options.least_points)
    for gate in gates:
        print(gate_line(gate))
    return 0 if all_pass(gates) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="soak-chain", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--points", type=int, default=520, help="lines to die at")
    parser.add_argument("--least-points", type=int, default=500, help="deaths that must be")
    return parser


class _Clock:
    """Says how far it came and how fast, now and then; faults at once."""

    def __init__(self) -> None:
        self._began, self._rounds, self._deaths = time.monotonic(), 0, 0

    def tell(self, what: str) -> None:
        minutes = (time.monotonic() - self._began) / 60
        print(f"{what} in {minutes:.1f} min", flush=True)
        self._began = time.monotonic()

    def tell_round(self, outcome: Outcome) -> None:
        self._rounds += 1
        if outcome.is_missed or outcome.doubles:
            ordeals = ", ".join(outcome.plan.ordeals)
            print(f"round {outcome.number} ({ordeals}): missed {outcome.is_missed}")
            for words in (*outcome.doubles, *outcome.said):
                print(f"  {words}", flush=True)
        if self._rounds % _SHOWN_EVERY == 0:
            per_minute = self._rounds * 60 / (time.monotonic() - self._began)
            print(f"{self._rounds} rounds, {per_minute:.0f} a minute", flush=True)

    def tell_death(self, death: Death) -> None:
        self._deaths += 1
        if death.faults:
            words = "; ".join(death.faults)
            print(f"{death.errand}, died at line {death.died_at}: {words}", flush=True)
        if self._deaths % _SHOWN_EVERY == 0:
            print(f"{self._deaths} deaths", flush=True)
