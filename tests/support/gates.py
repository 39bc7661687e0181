"""Gates: promises that a demo, a bench or a fuzz run must keep, one line each (pure).

Whoever measures decides what passes; a reader, or a script, finds the same shape of line
everywhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Gate", "all_pass", "gate_line"]


@dataclass(frozen=True, slots=True)
class Gate:
    """One promise with what was measured and what was wanted; neither holds a space."""

    name: str
    value: str
    goal: str
    passed: bool


def gate_line(gate: Gate) -> str:
    """Return the gate as `gate NAME VALUE GOAL pass|fail`."""
    return f"gate {gate.name} {gate.value} {gate.goal} {'pass' if gate.passed else 'fail'}"


def all_pass(gates: Iterable[Gate]) -> bool:
    """Tell whether no gate failed."""
    return all(gate.passed for gate in gates)
