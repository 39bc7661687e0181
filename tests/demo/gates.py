"""The promises that a run must keep, each as one line (pure)."""

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Findings", "Gate", "all_pass", "check_gates", "gate_line"]

_LATE_SHARE_LIMIT = 0.01


@dataclass(frozen=True, slots=True)
class Findings:
    """What a finished run measured.

    `peak_pods` is the number that the load of the schedule needs, `journey` the path of the
    wanted replicas.
    """

    submitted: int
    lost: int
    late: int
    renditions: int
    undecodable: tuple[str, ...]
    journey: str
    journey_done: bool
    peak_pods: int
    hls_problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gate:
    """One promise with what was measured and what was wanted."""

    name: str
    value: str
    goal: str
    passed: bool


def check_gates(findings: Findings) -> tuple[Gate, ...]:
    """Return every gate of a run; those about segments fail where there were none."""
    some = findings.submitted > 0
    share = findings.late / findings.submitted if some else 1.0
    decoded = findings.renditions - len(findings.undecodable)
    return (
        Gate("lost", str(findings.lost), "0", some and findings.lost == 0),
        Gate("late", f"{share:.2%}", f"<={_LATE_SHARE_LIMIT:.0%}", share <= _LATE_SHARE_LIMIT),
        Gate(
            "decoded",
            f"{decoded}/{findings.renditions}",
            "all",
            findings.renditions > 0 and not findings.undecodable,
        ),
        Gate(
            "pods",
            findings.journey.replace(" ", "") or "none",
            f"1→{findings.peak_pods}→1",
            findings.journey_done,
        ),
        Gate(
            "hls",
            "playable" if not findings.hls_problems else f"{len(findings.hls_problems)}-problems",
            "playable",
            not findings.hls_problems,
        ),
    )


def gate_line(gate: Gate) -> str:
    """Return the gate as `gate NAME VALUE GOAL pass|fail`."""
    return f"gate {gate.name} {gate.value} {gate.goal} {'pass' if gate.passed else 'fail'}"


def all_pass(gates: Iterable[Gate]) -> bool:
    """Tell whether no gate failed."""
    return all(gate.passed for gate in gates)
