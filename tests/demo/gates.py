"""The promises that a run of the demo must keep (pure)."""

from dataclasses import dataclass

from tests.support.gates import Gate

__all__ = ["Findings", "check_gates"]

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
