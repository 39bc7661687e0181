"""The goals of the engine as gates (pure): what was promised before it was measured."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from tests.bench.transcode.findings import Comparison, Findings
from tests.support.gates import Gate

__all__ = ["check_gates"]

_MB = 1e6


@dataclass(frozen=True, slots=True)
class _Goal:
    """A name, the bound, how the value is shown, and where it is found."""

    name: str
    sense: Literal[">=", "<="]
    bound: float
    shown: str
    value: Callable[[Findings], float | None]

    def check(self, findings: Findings, *, may_lack: bool) -> Gate | None:
        value = self.value(findings)
        goal = self.sense + self.shown.format(self.bound)
        if value is None:
            return None if may_lack else Gate(self.name, "none", goal, passed=False)
        passed = value >= self.bound if self.sense == ">=" else value <= self.bound
        return Gate(self.name, self.shown.format(value), goal, passed)


def check_gates(findings: Findings, *, may_lack: bool = False) -> list[Gate]:
    """Return every gate; what was not measured fails, or is left out when it `may_lack`."""
    checked = (goal.check(findings, may_lack=may_lack) for goal in _GOALS)
    return [gate for gate in checked if gate]


def _cpu(group: str, peer: str) -> Callable[[Findings], float | None]:
    def value(findings: Findings) -> float | None:
        comparisons: Mapping[str, Comparison] = getattr(findings, group)
        return comparisons[peer].cpu.median if peer in comparisons else None

    return value


def _extra_bytes(findings: Findings) -> float | None:
    """Return the share of bytes above the baseline's, in percent."""
    segment = findings.overall.get("segment")
    return None if segment is None else 100 * (segment.bytes.median - 1)


def _least(values: Iterable[float | None]) -> float | None:
    return min((value for value in values if value is not None), default=None)


def _psnr(findings: Findings) -> float | None:
    return _least(look.psnr_db for look in findings.looks if look.peer == "segment")


def _vmaf(findings: Findings) -> float | None:
    return _least(look.vmaf for look in findings.looks if look.peer == "segment")


def _worst_vmaf(findings: Findings) -> float | None:
    return _least(look.worst_vmaf for look in findings.looks if look.peer == "segment")


def _floor(height: int) -> Callable[[Findings], float | None]:
    def value(findings: Findings) -> float | None:
        spread = findings.over_floor.get(height)
        return None if spread is None else 100 * spread.median

    return value


def _p99(findings: Findings) -> float | None:
    return None if findings.idle_p99 is None else findings.idle_p99[0] / findings.idle_p99[1]


def _peak(peer: str) -> Callable[[Findings], float | None]:
    def value(findings: Findings) -> float | None:
        size = findings.peak_bytes.get(peer)
        return None if size is None else size / _MB

    return value


def _idle_memory(findings: Findings) -> float | None:
    return None if findings.idle_bytes is None else findings.idle_bytes / _MB


def _isolation(findings: Findings) -> float | None:
    spread = findings.isolation_seconds
    return None if spread is None else 1000 * max(0.0, spread.median)


_GOALS = (
    _Goal("throughput-segment", ">=", 1.45, "{:.2f}x", _cpu("overall", "segment")),
    _Goal("throughput-fast", ">=", 1.25, "{:.2f}x", _cpu("overall", "fast")),
    _Goal("throughput-lpms", ">=", 1.15, "{:.2f}x", _cpu("overall", "lpms")),
    _Goal("throughput-1080p60", ">=", 1.4, "{:.2f}x", _cpu("double_rate", "fast")),
    _Goal("bytes-segment", "<=", 0.0, "{:+.2f}%", _extra_bytes),
    _Goal("psnr-segment", ">=", -0.1, "{:+.2f}dB", _psnr),
    _Goal("vmaf-segment", ">=", -0.1, "{:+.2f}", _vmaf),
    _Goal("vmaf-segment-worst", ">=", -0.3, "{:+.2f}", _worst_vmaf),
    _Goal("over-floor-1080p", "<=", 5.0, "{:.1f}%", _floor(1080)),
    _Goal("over-floor-720p", "<=", 10.0, "{:.1f}%", _floor(720)),
    _Goal("idle-wall", "<=", 0.9, "{:.2f}", lambda f: f.idle.median if f.idle else None),
    _Goal("idle-p99", "<=", 1.0, "{:.2f}", _p99),
    _Goal("load-p99/p50", "<=", 1.25, "{:.2f}", lambda f: f.load_tail.get("slots")),
    _Goal("memory-segment", "<=", 450.0, "{:.0f}MB", _peak("segment")),
    _Goal("memory-fast", "<=", 260.0, "{:.0f}MB", _peak("fast")),
    _Goal("memory-idle", "<=", 60.0, "{:.0f}MB", _idle_memory),
    _Goal("isolation", "<=", 10.0, "{:.1f}ms", _isolation),
    _Goal(
        "recovery",
        "<=",
        0.3,
        "{:.2f}s",
        lambda f: f.recovery_seconds.median if f.recovery_seconds else None,
    ),
)
