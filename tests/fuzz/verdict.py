"""What a run must keep, each promise as one gate (pure)."""

from tests.fuzz.findings import Findings, Plan
from tests.fuzz.footprint import Footprint, growth
from tests.support.gates import Gate

__all__ = ["gates", "new_files"]

_MOST_GROWTH = 0.05
_MOST_CRASHES_SHARE = 0.001
_WARM_UP_SHARE = 0.15


def gates(plan: Plan, findings: Findings) -> tuple[Gate, ...]:
    """Return every gate of a finished run."""
    wanted = plan.count + plan.large
    warm = findings.footprints[int(len(findings.footprints) * _WARM_UP_SHARE) :]
    return (
        Gate("segments", str(findings.done), str(wanted), findings.done == wanted),
        _none("wrong-answers", len(findings.failures)),
        _none("hangs", findings.hangs),
        _few_crashes(findings),
        _none("strange-child-ends", findings.strange_ends),
        _none("parent-faults", len(findings.faults)),
        _none("leaked-processes", _left(findings, "processes")),
        _none("leaked-descriptors", _left(findings, "descriptors") + _more(warm, "descriptors")),
        _none("leaked-threads", _left(findings, "threads") + _more(warm, "threads")),
        _none("leaked-files", len(new_files(findings))),
        _flat("parent-memory", [each.parent_mebibytes for each in warm]),
        _flat("child-memory", [each.child_mebibytes for each in warm]),
    )


def _none(name: str, value: int) -> Gate:
    return Gate(name, str(value), "0", value == 0)


def _few_crashes(findings: Findings) -> Gate:
    """Libraries that abort cost a segment and its children; more than a rare one is ours."""
    crashes = len(findings.crashes)
    goal = f"<={_MOST_CRASHES_SHARE:.1%}"
    passed = crashes <= _MOST_CRASHES_SHARE * findings.done
    return Gate("breaking-segments", str(crashes), goal, passed)


def _left(findings: Findings, what: str) -> int:
    """Return how much more there is after everything than before."""
    if findings.before is None or findings.left is None:
        return 1
    left: int = getattr(findings.left, what) - getattr(findings.before, what)
    return max(0, left)


def _more(warm: list[Footprint], what: str) -> int:
    """Return how much more a running pool and its children hold at the end than when warm."""
    first, last = warm[0], warm[-1]
    names = (what, f"child_{what}")
    return sum(max(0, getattr(last, name) - getattr(first, name)) for name in names)


def new_files(findings: Findings) -> frozenset[str]:
    """Return the files that were not there before."""
    if findings.before is None or findings.left is None:
        return frozenset({"not measured"})
    return findings.left.files - findings.before.files


def _flat(name: str, values: list[float]) -> Gate:
    grown = growth(values)
    return Gate(name, f"{grown:+.1%}", f"<={_MOST_GROWTH:.0%}", grown <= _MOST_GROWTH)
