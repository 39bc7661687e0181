"""What the policy promises against the peers, judged on held-out seeds (pure)."""

from collections.abc import Callable, Mapping, Sequence

from tests.bench.scaling.compare import Cell
from tests.bench.scaling.stage import OVERFLOW
from tests.support.gates import Gate

__all__ = ["STEP_SET", "Totals", "live_gates", "peer_gates", "start_gate"]

STEP_SET = ("ramp", "flash", "failover", "spot", "blackout")
"""Steps, a ramp, a loss and a blackout: where scaling decides anything."""

Totals = Callable[[str, Sequence[str]], Cell]
"""Sum up a policy's runs on some shapes."""

_OURS, _CHARGED = "Podium", "Podium charged"
_AGAINST: Mapping[str, tuple[float, float]] = {
    "KEDA default": (1 / 8, 1.0),
    "Knative KPA": (1 / 3, 0.9),
    "KEDA tuned": (1 / 3, 0.8),
}
_START_SPREAD = 0.2
_BEYOND_OVERFLOW_START_SECONDS = 5.0


def peer_gates(totals: Totals, shapes: Sequence[str]) -> list[Gate]:
    """Judge lateness, cost, restlessness and time to capacity against every named peer."""
    ours = totals(_OURS, STEP_SET)
    gates = [
        gate
        for peer, (late, cost) in _AGAINST.items()
        for gate in _against(ours, totals(peer, STEP_SET), peer, late, cost)
    ]
    charged, default = totals(_CHARGED, STEP_SET), totals("KEDA default", STEP_SET)
    share = _ratio(charged.late_share, default.late_share)
    gates.append(_most("late-when-charged/KEDA-default", share, 1 / 3))
    gates += _restlessness(totals, shapes)
    gates.append(_capacity(totals(_OURS, ("flash", "failover", "spot"))))
    if "diurnal" in shapes:
        bill = _ratio(totals(_OURS, ("diurnal",)).cost, totals("clairvoyant", ("diurnal",)).cost)
        gates.append(_most("diurnal-cost/clairvoyant", bill, 1.1))
    return gates


def live_gates(totals: Totals, shapes: Sequence[str]) -> list[Gate]:
    """Judge a replay on a real cluster by the same promises, against the peers that ran there."""
    ours = totals(_OURS, shapes)
    gates = [
        gate
        for peer in ("KEDA default", "KEDA tuned")
        for gate in _against(ours, totals(peer, shapes), peer, *_AGAINST[peer])
    ]
    keda = totals("KEDA default", shapes).base_reversals
    reversals = _ratio(ours.base_reversals, keda)
    return [*gates, _most("base-reversals/KEDA-default", reversals, 1.0), _capacity(ours)]


def start_gate(late_by_start: Mapping[float, float]) -> Gate:
    """Judge how lateness in the flash crowd depends on how long a base pod takes to start."""
    least, most = min(late_by_start.values()), max(late_by_start.values())
    spread = (most - least) / least if least else float(most > 0)
    return _most("flash-late-spread-by-start", spread, _START_SPREAD)


def _against(ours: Cell, peer: Cell, name: str, late: float, cost: float) -> tuple[Gate, Gate]:
    dashed = name.replace(" ", "-")
    return (
        _most(f"late/{dashed}", _ratio(ours.late_share, peer.late_share), late),
        _most(f"cost/{dashed}", _ratio(ours.cost, peer.cost), cost),
    )


def _restlessness(totals: Totals, shapes: Sequence[str]) -> tuple[Gate, Gate]:
    short = [shape for shape in shapes if shape != "diurnal"]
    ours = totals(_OURS, short).base_reversals
    keda, kpa = totals("KEDA default", short), totals("Knative KPA", short)
    return (
        _most("base-reversals/KEDA-default", _ratio(ours, keda.base_reversals), 1.0),
        _most("base-reversals/Knative-KPA", _ratio(ours, kpa.base_reversals), 0.1),
    )


def _capacity(cell: Cell) -> Gate:
    goal = OVERFLOW.start_seconds + _BEYOND_OVERFLOW_START_SECONDS
    seconds = float("inf") if cell.capacity_seconds is None else cell.capacity_seconds
    return Gate("step-to-capacity", f"{seconds:.1f}s", f"<={goal:.0f}s", seconds <= goal)


def _ratio(ours: float, peer: float) -> float:
    if peer:
        return ours / peer
    return 0.0 if ours == 0 else float("inf")


def _most(name: str, value: float, goal: float) -> Gate:
    return Gate(name, f"{value:.3f}", f"<={goal:.3f}", value <= goal)
