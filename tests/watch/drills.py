"""Makes alerts fire on a real system: a cause each, and the time until they fire.

The rules are those that are shipped, with a short wait: what they wait for is the same, and
promtool shows the long waits. What no single command can cause is left to promtool.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from tests.demo.stages import Stages
from tests.devcluster.errors import ClusterError
from tests.support.gates import Gate, gate_line
from tests.watch import causes
from tests.watch.rules import read_rules
from tests.watch.world import World

__all__ = ["DRILLS", "HOLD", "Drill", "chosen_drills", "run_drills"]

HOLD = "4s"
# The longest that an alert of a drill looks back, and some.
_SILENT_WITHIN_SECONDS = 330.0

_FIRED = 'count by (alertname) (max_over_time(ALERTS{alertstate="firing"}[6h]))'

_Cause = Callable[[World], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Drill:
    """A cause and the alerts that must fire while it lasts."""

    name: str
    cause: _Cause
    alerts: tuple[str, ...]
    within_seconds: float = 120.0


DRILLS: tuple[Drill, ...] = (
    Drill("no gateway comes", causes.idle, ("NoWork",)),
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
    Drill("transcoders starve", causes.starved_pool, ("SegmentsLate", "BacklogHigh")),
)


def chosen_drills(words: Sequence[str]) -> list[Drill]:
    """Return the drills whose names have one of the words, all without words.

    ValueError names a word that no drill has: a run of no drill would pass every gate.
    """
    for word in words:
        if not any(word in drill.name for drill in DRILLS):
            names = ", ".join(repr(drill.name) for drill in DRILLS)
            raise ValueError(f"no drill has {word!r} in its name: take words of {names}")
    return [one for one in DRILLS if not words or any(word in one.name for word in words)]


async def run_drills(world: World, stages: Stages, drills: Sequence[Drill] = DRILLS) -> list[Gate]:
    """Run them one after the other; a gate for each, and one for how many alerts fired at all."""
    gates = [await _told(world, stages, drill) for drill in drills]
    seen, names = await _fired(world), {rule.name for rule in read_rules()}
    stages.say(f"fired on this system: {', '.join(sorted(seen))}")
    wanted = {alert for drill in drills for alert in drill.alerts}
    return [
        *gates,
        Gate("alerts-fired", f"{len(seen)}/{len(names)}", f">={len(wanted)}", wanted <= seen),
    ]


async def _told(world: World, stages: Stages, drill: Drill) -> Gate:
    """Run one and say at once how it ended: a run that is broken off has told of those before."""
    gate = await _drilled(world, stages, drill)
    stages.say(f"  {gate_line(gate)}")
    return gate


async def _drilled(world: World, stages: Stages, drill: Drill) -> Gate:
    """Run one; what goes wrong on the way fails its gate and no other."""
    try:
        return await _run(world, stages, drill)
    except (ClusterError, TimeoutError) as error:
        stages.say(f"  {error}")
        return Gate(_gate_name(drill), type(error).__name__, "no-error", passed=False)


async def _run(world: World, stages: Stages, drill: Drill) -> Gate:
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


async def _fired(world: World) -> set[str]:
    """Return everything that has fired since the beginning, also what no drill asked for."""
    return {labels["alertname"] for labels, _ in await world.server.now(_FIRED)}
