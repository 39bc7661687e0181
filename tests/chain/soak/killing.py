"""Kills the operator at one line after another of the chain code, and counts the effects.

For every point the chain is set back to the same scene; the operator dies at the line, another
one takes over, and in the end the errand must have its effect once, with no transaction beside.
"""

import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final

from tests.chain.soak.body import Order, Place
from tests.chain.soak.crew import Crew
from tests.chain.soak.errands import Errand
from tests.chain.soak.judging import double_sends, mined_by, read_deeds
from tests.chain.soak.kill import Aim
from tests.chain.soak.world import CAP_WEI, World

from podium_operator.chain.model import OPEN

__all__ = ["Death", "kill_at_points"]

# What stands between a decision and its transaction: half of the deaths are there.
_EXECUTION: Final = ("sending", "notebook", "stored", "broadcast", "resolving", "signers")
# More looks than any errand takes, a death and the wait for its lease included.
_MOST_LOOKS: Final = 40
_PATIENCE_SECONDS: Final = 20.0
_LEASE_LEAP_SECONDS: Final = 3_600.0


@dataclass(frozen=True, slots=True)
class Death:
    """One run of an errand. died_at: the line it came to, None where it lived; of so many lines."""

    errand: str
    died_at: int | None
    lines: int
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Point:
    """Where to die: in which look, at which of its lines; line 0 never comes. at: of all lines."""

    look: int
    aim: Aim
    at: int = 0
    lines: int = 0


def kill_at_points(
    world: World,
    errand: Errand,
    place: Place,
    *,
    points: int,
    draw: random.Random,
    told: Callable[[Death], None] = lambda _: None,
) -> list[Death]:
    """Run an errand to its end once for each point, each time dying at another line."""
    errand.set_scene(world)
    run = _Runs(world, errand, replace(place, patience_seconds=_PATIENCE_SECONDS))
    found: list[_Point] = []
    for within, share in (((), points - points // 2), (_EXECUTION, points // 2)):
        looks = run.count(Aim(0, within=within))
        drawn = _spread(sum(looks), share, draw)
        found += [_point(looks, line, within=within) for line in drawn]
    deaths = []
    for point in found:
        deaths.append(run.once(point))
        told(deaths[-1])
    return deaths


def _point(looks: Sequence[int], at: int, *, within: tuple[str, ...]) -> _Point:
    """Find the look that a line of all is in: only there lines need to be counted again."""
    line, look = at, 0
    while look < len(looks) - 1 and line > looks[look]:
        line, look = line - looks[look], look + 1
    return _Point(look, Aim(line, within=within), at, sum(looks))


def _spread(lines: int, points: int, draw: random.Random) -> Sequence[int]:
    """Draw one line of each of so many equal parts."""
    edges = [1 + lines * place // max(1, points) for place in range(points + 1)]
    return [draw.randrange(low, max(low + 1, high)) for low, high in pairwise(edges)]


class _Runs:
    """The same scene again and again, each time with files of its own."""

    def __init__(self, world: World, errand: Errand, place: Place) -> None:
        self._world, self._errand, self._place = world, errand, place
        self._account = place.account
        self._snapshot = world.devnet.chain.snapshot()

    def count(self, aim: Aim) -> list[int]:
        """Run the errand without a death, and return the lines of each look."""
        lines: list[int] = []
        died = self.once(_Point(0, aim), lines)
        if died.faults:
            raise RuntimeError(f"{died.errand} fails without a death: {died.faults}")
        return lines

    def once(self, point: _Point, lines: list[int] | None = None) -> Death:
        """Run the errand from the scene to its end, dying on the way."""
        world = self._world
        world.devnet.chain.revert(self._snapshot)
        self._snapshot = world.devnet.chain.snapshot()
        start, seen = world.devnet.chain.head, len(world.proxy.broadcasts)
        with tempfile.TemporaryDirectory(dir=self._place.folder) as name:
            crew = Crew(replace(self._place, folder=Path(name)))
            try:
                unsettled = self._drive(crew, point, [] if lines is None else lines)
            finally:
                deaths = crew.deaths
                crew.end()
        mined = mined_by(
            world.devnet.chain, self._account, range(start + 1, world.devnet.chain.head + 1)
        )
        faults = [*self._errand.faults(world)]
        faults += double_sends(read_deeds(world.proxy.broadcasts[seen:]), mined)
        faults += [f"reverted: {one.deed.data[:10]}" for one in mined if not one.succeeded]
        if len(mined) != self._errand.transactions:
            faults.append(f"{len(mined)} transactions")
        if unsettled:
            faults.append(f"never settled: {unsettled}")
        return Death(self._errand.name, point.at if deaths else None, point.lines, tuple(faults))

    def _drive(self, crew: Crew, point: _Point, lines: list[int]) -> str:
        """Look block by block until nothing is open; return what kept it."""
        world, leap, reason = self._world, 0.0, ""
        for number in range(_MOST_LOOKS):
            order = Order(world.now + leap, aim=_aim(crew, point, number))
            said = crew.look(order)
            if said.reason == "died":
                leap = _LEASE_LEAP_SECONDS
            lines.append(said.lines)
            world.mine(CAP_WEI // 2)
            is_settled = said.leads and not any(one.state in OPEN for one in said.intents)
            if is_settled and not self._errand.faults(world):
                return ""
            reason = said.error or said.reason
        return reason


def _aim(crew: Crew, point: _Point, look: int) -> Aim | None:
    """Return what to aim at in this look; one that was too short for its line ends the next."""
    if crew.deaths or look < point.look:
        return None
    return point.aim if look == point.look or not point.aim.line else replace(point.aim, line=1)
