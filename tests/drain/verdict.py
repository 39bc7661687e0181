"""What a soak found, as gates and as lines for a person (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.support.gates import Gate

__all__ = ["Findings", "check_gates", "progress_line", "summary_lines"]


@dataclass(frozen=True, slots=True)
class Findings:
    """A soak in numbers.

    cycles: orders to stop that were obeyed; restarts: those after which the process itself ended
    and another was started; in_hand: those that came in the middle of a job. answered: segments
    the gateway holds all renditions of; given: answers that nodes gave; transcoded: segments that
    transcoders worked on. failures: processes that ended otherwise than asked.
    """

    wanted: int
    cycles: int
    restarts: int
    in_hand: int
    answered: int
    given: int
    transcoded: int
    late: int
    lost: Sequence[str]
    failures: Sequence[str]
    slowest_seconds: float
    took_seconds: float

    @property
    def double(self) -> int:
        """Answers given beside the one that each segment had."""
        return max(0, self.given - self.answered - len(self.lost))

    @property
    def repeated(self) -> int:
        """Segments worked on again although the gateway saw nothing of it."""
        return max(0, self.transcoded - self.given)


def check_gates(found: Findings) -> list[Gate]:
    """Return one gate per promise."""
    lost, double, failures = len(found.lost), found.double, len(found.failures)
    return [
        Gate("cycles", str(found.cycles), f">={found.wanted}", found.cycles >= found.wanted),
        Gate("lost", str(lost), "0", lost == 0),
        Gate("double", str(double), "0", double == 0),
        Gate("unclean_ends", str(failures), "0", failures == 0),
    ]


def progress_line(found: Findings) -> str:
    """Return where a soak stands."""
    return (
        f"{found.took_seconds:6.0f} s  cycles {found.cycles}/{found.wanted}  "
        f"restarts {found.restarts}  segments {found.answered}  late {found.late}  "
        f"lost {len(found.lost)}" + (f"  ({found.lost[-1]})" if found.lost else "")
    )


def summary_lines(found: Findings) -> list[str]:
    """Return a soak for a person."""
    share = found.in_hand / found.cycles if found.cycles else 0.0
    orders = (
        f"{found.cycles} times told to stop in {found.took_seconds:.0f} s, "
        f"{found.restarts} of them with a new process"
    )
    hands = (
        f"{found.in_hand} of the orders ({share:.0%}) came with a segment in hand; "
        f"the slowest end took {found.slowest_seconds:.2f} s"
    )
    segments = (
        f"{found.answered} segments answered, {found.late} late, {len(found.lost)} lost, "
        f"{found.double} twice; {found.repeated} worked on again unseen"
    )
    return [
        orders,
        hands,
        segments,
        *(f"lost {line}" for line in found.lost[:10]),
        *(f"unclean: {line}" for line in found.failures[:10]),
    ]
