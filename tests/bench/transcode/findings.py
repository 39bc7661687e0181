"""What the measurements say, as few numbers (pure). None where nothing was measured."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median

from tests.bench.transcode.ratios import (
    Spread,
    paired_ratios,
    quantile,
    relative_to_own_median,
    spread_of,
)
from tests.bench.transcode.samples import Fidelity, Latency, Measured, Sample, pairs

__all__ = ["CLI", "Comparison", "Findings", "Looks", "baseline_of", "find"]

CLI = "cli"
_MEDIUM = {"lpms": "cli-medium"}
_SLOTS = "slots"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One peer beside its baseline over some contents: more than 1 is better, but for bytes."""

    peer: str
    baseline: str
    cpu: Spread
    wall: Spread | None
    bytes: Spread


@dataclass(frozen=True, slots=True)
class Looks:
    """One peer's renditions of one name: mean differences to the baseline, and the worst."""

    peer: str
    rendition: str
    psnr_db: float
    ssim: float
    vmaf: float | None
    worst_psnr_db: float
    worst_vmaf: float | None
    bytes: float


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that gates and tables need; seconds and bytes where a name says so.

    `over_floor` is by height of the source, `by_content` by content and peer.
    """

    overall: Mapping[str, Comparison]
    double_rate: Mapping[str, Comparison]
    by_content: Mapping[tuple[str, str], Comparison]
    looks: Sequence[Looks]
    over_floor: Mapping[int, Spread]
    idle: Spread | None
    idle_p99: tuple[float, float] | None
    load_tail: Mapping[str, float]
    peak_bytes: Mapping[str, int]
    idle_bytes: int | None
    isolation_seconds: Spread | None
    recovery_seconds: Spread | None


def find(measured: Measured, *, fps: Mapping[str, float], heights: Mapping[str, int]) -> Findings:
    """Sum up a run; `fps` and `heights` are the contents'."""
    usual = {name for name, rate in fps.items() if rate <= 45}  # noqa: PLR2004, RUF100
    fast = set(fps) - usual
    peers = list(dict.fromkeys(one.peer for one in measured.samples))
    contents = list(dict.fromkeys(one.content for one in measured.samples))
    return Findings(
        overall=_comparisons(measured, peers, usual),
        double_rate=_comparisons(measured, peers, fast),
        by_content={
            (content, peer): found
            for content in contents
            for peer, found in _comparisons(measured, peers, {content}).items()
        },
        looks=_looks(measured.fidelity),
        over_floor=_over_floor(measured, heights),
        idle=_idle(measured.latencies),
        idle_p99=_idle_p99(measured.latencies),
        load_tail=_load_tail(measured.latencies),
        peak_bytes=dict(measured.peak_bytes),
        idle_bytes=max(measured.idle_bytes.values(), default=None),
        isolation_seconds=spread_of(measured.isolation_seconds),
        recovery_seconds=spread_of(measured.recovery_seconds),
    )


def baseline_of(peer: str) -> str:
    """Return who does the same work by one process per segment, at the same preset."""
    return _MEDIUM.get(peer, CLI)


def _comparisons(
    measured: Measured, peers: Sequence[str], contents: set[str]
) -> dict[str, Comparison]:
    samples = [one for one in measured.samples if one.content in contents]
    blocks = [
        (one.peer, (one.content, one.round), one.wall_seconds / one.media_seconds)
        for one in measured.blocks
        if one.content in contents
    ]
    found = {}
    for peer in peers:
        base = baseline_of(peer)
        walls = [
            [(key, seconds) for name, key, seconds in blocks if name == who] for who in (base, peer)
        ]
        made = _compare(samples, peer, base, spread_of(paired_ratios(*walls)))
        if made:
            found[peer] = made
    return found


def _compare(
    samples: Iterable[Sample], peer: str, base: str, wall: Spread | None
) -> Comparison | None:
    samples = list(samples)
    cpu = spread_of(
        paired_ratios(pairs(samples, base, "cpu_seconds"), pairs(samples, peer, "cpu_seconds"))
    )
    size = spread_of(paired_ratios(pairs(samples, peer, "bytes"), pairs(samples, base, "bytes")))
    return Comparison(peer, base, cpu, wall, size) if cpu and size else None


def _looks(fidelity: Sequence[Fidelity]) -> list[Looks]:
    known = {(one.peer, one.content, one.rendition): one for one in fidelity}
    groups: dict[tuple[str, str], list[tuple[Fidelity, Fidelity]]] = {}
    for one in fidelity:
        other = known.get((baseline_of(one.peer), one.content, one.rendition))
        if other:
            groups.setdefault((one.peer, one.rendition), []).append((one, other))
    return [_look(peer, rendition, both) for (peer, rendition), both in groups.items()]


def _look(peer: str, rendition: str, both: Sequence[tuple[Fidelity, Fidelity]]) -> Looks:
    psnr = [one.psnr_db - other.psnr_db for one, other in both]
    vmaf = [
        one.vmaf - other.vmaf
        for one, other in both
        if one.vmaf is not None and other.vmaf is not None
    ]
    return Looks(
        peer,
        rendition,
        mean(psnr),
        mean(one.ssim - other.ssim for one, other in both),
        mean(vmaf) if vmaf else None,
        min(psnr),
        min(vmaf, default=None),
        median(one.bytes / other.bytes for one, other in both),
    )


def _over_floor(measured: Measured, heights: Mapping[str, int]) -> dict[int, Spread]:
    groups: dict[int, list[float]] = {}
    for content, values in measured.over_floor.items():
        groups.setdefault(heights[content], []).extend(values)
    spreads = {height: spread_of(values) for height, values in groups.items()}
    return {height: spread for height, spread in spreads.items() if spread}


def _pick(latencies: Iterable[Latency], phase: str, peer: str) -> list[tuple[object, float]]:
    return [
        (one.key, one.wall_seconds) for one in latencies if (one.phase, one.peer) == (phase, peer)
    ]


def _idle(latencies: Sequence[Latency]) -> Spread | None:
    ours, theirs = (_pick(latencies, "idle", peer) for peer in (_SLOTS, CLI))
    return spread_of(paired_ratios(ours, theirs))


def _idle_p99(latencies: Sequence[Latency]) -> tuple[float, float] | None:
    """Return p99 of ours and of the cli's, both in units of the cli's median per content."""
    idle = [one for one in latencies if one.phase == "idle"]
    by_content = _grouped(idle, lambda one: one.content if one.peer == CLI else None)
    middles = {content: median(values) for content, values in by_content.items() if content}
    tails = []
    for peer in (_SLOTS, CLI):
        values = [
            one.wall_seconds / middles[one.content]
            for one in idle
            if one.peer == peer and one.content in middles
        ]
        if not values:
            return None
        tails.append(quantile(values, 0.99))
    return tails[0], tails[1]


def _load_tail(latencies: Sequence[Latency]) -> dict[str, float]:
    """Return p99/p50 by peer, each answer measured by the median of its own segment's."""
    found = {}
    for peer in dict.fromkeys(one.peer for one in latencies if one.phase == "load"):
        mine = [
            ((one.content, one.segment), one.wall_seconds)
            for one in latencies
            if one.phase == "load" and one.peer == peer
        ]
        values = relative_to_own_median(mine)
        found[peer] = quantile(values, 0.99) / quantile(values, 0.5)
    return found


def _grouped(
    latencies: Iterable[Latency], key: Callable[[Latency], str | None]
) -> dict[str | None, list[float]]:
    groups: dict[str | None, list[float]] = {}
    for one in latencies:
        groups.setdefault(key(one), []).append(one.wall_seconds)
    return groups
