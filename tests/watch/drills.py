"""Makes alerts fire on a real system: a cause each, and the time until they fire.

The rules are those that are shipped, with a short wait: what they wait for is the same, and
promtool shows the long waits. What no single deed can cause is left to promtool.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from tests.demo.stages import Stages
from tests.devcluster.errors import ClusterError
from tests.support.gates import Gate, gate_line
from tests.watch import causes, chain_causes
from tests.watch.rules import read_rules
from tests.watch.server import PrometheusServer

__all__ = [
    "CHAIN_DRILLS",
    "DRILLS",
    "HOLD",
    "Drill",
    "Outcome",
    "Watched",
    "chosen_drills",
    "judged",
    "run_drills",
]

HOLD = "4s"
# Longer than an alert looks back that an earlier drill may have set off.
_SILENT_WITHIN_SECONDS = 330.0

_FIRED = 'count by (alertname) (max_over_time(ALERTS{alertstate="firing"}[6h]))'


class Watched(Protocol):
    """A system that drills work on, and the Prometheus that looks at it."""

    @property
    def server(self) -> PrometheusServer:
        """Where alerts fire."""

    async def ready(self) -> None:
        """Wait until the system is as it was before the drill."""


# Of the world that it is made for: a cluster's, or a chain's.
_Cause = Callable[[Any], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Drill:
    """A cause and the alerts that must fire while it lasts."""

    name: str
    cause: _Cause
    alerts: tuple[str, ...]
    within_seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How drills on one system ended, and everything that fired there, asked for or not."""

    gates: tuple[Gate, ...]
    fired: frozenset[str]


DRILLS: tuple[Drill, ...] = (
    Drill("no gateway comes", causes.idle, ("NoWork",)),
    # Before drills that lose segments: lost ones are failed ones for ten minutes.
    Drill("segments are no video", causes.rubbish, ("SuccessRateLow",)),
    Drill("more streams than one pod takes", causes.overload, ("SessionsRefused", "ScaleAtMax")),
    Drill("a budget for one pod", causes.no_budget, ("ScaleBlockedByBudget",)),
    Drill("the node names another address", causes.another_address, ("EndpointAddressMismatch",)),
    Drill(
        "the queue is gone",
        causes.no_queue,
        ("QueueUnreachable", "OrchestratorNotReady", "LoadStale", "SegmentsLost"),
    ),
    Drill("every transcoder is gone", causes.no_transcoders, ("NoTranscoders",)),
    Drill("the node is gone", causes.no_node, ("EndpointUnreachable",)),
    Drill("a pod that never leaves", causes.leaving_pod, ("DrainStuck",)),
    Drill("a transcoder that crashes", causes.crashing_pod, ("TranscoderCrashLoop",)),
    Drill("no machine fits", causes.nowhere_to_go, ("PodsStuck", "OrchestratorDegraded"), 260),
    Drill("the operator has no rights", causes.no_rights, ("OperatorErrors", "OperatorBlind"), 300),
    Drill("no operator runs", causes.no_operator, ("NoLeader",)),
    # Last, so that segments lost in the drills before are no longer counted.
    Drill(
        "transcoders starve",
        causes.starved_pool,
        ("SegmentsLate", "RealtimeLost", "BacklogHigh"),
    ),
)


CHAIN_DRILLS: tuple[Drill, ...] = (
    Drill("an RPC endpoint hangs", chain_causes.half_frozen, ("RpcDegraded",)),
    Drill("every RPC endpoint hangs", chain_causes.frozen, ("RpcAllDown", "RpcLag"), 180),
    Drill(
        "the reward is stopped",
        chain_causes.stopped_reward,
        ("RewardNotCalled", "RewardDeadlineNear", "IntentAwaitingApproval"),
    ),
    Drill("a round ends without its reward", chain_causes.lost_round, ("RewardMissed",)),
    Drill("the account is emptied", chain_causes.emptied, ("EthEmpty", "EthLow")),
    Drill(
        "somebody changes the terms on chain",
        chain_causes.other_terms,
        ("CutDrift", "EndpointAddressMismatch"),
    ),
    Drill("gas is dear", chain_causes.dear_gas, ("GasAboveMax",)),
    Drill("a rival comes close", chain_causes.close_rival, ("EvictionRisk",)),
    Drill("others take its place in the set", chain_causes.evicted, ("NotActive",)),
)
"""Each has a chain of its own; no cluster is asked."""


def chosen_drills(words: Sequence[str]) -> list[Drill]:
    """Return the drills whose names have one of the words, all without words.

    ValueError names a word that no drill has: a run of no drill would pass every gate.
    """
    every = (*DRILLS, *CHAIN_DRILLS)
    for word in words:
        if not any(word in drill.name for drill in every):
            names = ", ".join(repr(drill.name) for drill in every)
            raise ValueError(f"no drill has {word!r} in its name: take words of {names}")
    return [one for one in every if not words or any(word in one.name for word in words)]


async def run_drills(world: Watched, stages: Stages, drills: Sequence[Drill]) -> Outcome:
    """Run them one after the other."""
    gates = [await _told(world, stages, drill) for drill in drills]
    return Outcome(tuple(gates), frozenset(await _fired(world)))


def judged(outcomes: Sequence[Outcome], drills: Sequence[Drill]) -> list[Gate]:
    """Return the gate of each drill, and one for all alerts that had to fire."""
    fired = frozenset[str]().union(*(outcome.fired for outcome in outcomes))
    wanted = {alert for drill in drills for alert in drill.alerts}
    total = len({rule.name for rule in read_rules()})
    every = Gate("alerts-fired", f"{len(fired)}/{total}", f">={len(wanted)}", wanted <= fired)
    return [*(gate for outcome in outcomes for gate in outcome.gates), every]


async def _told(world: Watched, stages: Stages, drill: Drill) -> Gate:
    """Run one and say at once how it ended: a run that is broken off has told of those before."""
    gate = await _drilled(world, stages, drill)
    stages.say(f"  {gate_line(gate)}")
    return gate


async def _drilled(world: Watched, stages: Stages, drill: Drill) -> Gate:
    """Run one; what goes wrong on the way fails its gate and no other."""
    try:
        return await _run(world, stages, drill)
    except (ClusterError, OSError) as error:  # a TimeoutError is an OSError
        stages.say(f"  {error}")
        return Gate(_gate_name(drill), type(error).__name__, "no-error", passed=False)


async def _run(world: Watched, stages: Stages, drill: Drill) -> Gate:
    took = 0.0
    stages.say(f"{drill.name} …")
    missing = list(drill.alerts)
    # What fires already would prove nothing.
    await world.server.until(_all_silent(drill.alerts), within_seconds=_SILENT_WITHIN_SECONDS)
    async with drill.cause(world):
        began = time.monotonic()
        for alert in drill.alerts:
            try:
                left = max(1.0, drill.within_seconds - (time.monotonic() - began))
                await world.server.until(_fires(alert), within_seconds=left)
            except TimeoutError:
                continue
            missing.remove(alert)
            took = time.monotonic() - began
            stages.say(f"  {alert} fires after {took:.0f} s")
    await world.ready()
    value = f"missing:{','.join(missing)}" if missing else f"{took:.0f}s"
    return Gate(_gate_name(drill), value, f"<={drill.within_seconds:.0f}s", not missing)


def _gate_name(drill: Drill) -> str:
    return f"drill-{drill.name.replace(' ', '-')}"


def _fires(alert: str) -> str:
    return f'ALERTS{{alertname="{alert}",alertstate="firing"}}'


def _all_silent(alerts: Sequence[str]) -> str:
    return f'absent(ALERTS{{alertname=~"{"|".join(alerts)}",alertstate="firing"}})'


async def _fired(world: Watched) -> set[str]:
    """Return everything that has fired since the beginning, also what no drill asked for."""
    return {labels["alertname"] for labels, _ in await world.server.now(_FIRED)}
