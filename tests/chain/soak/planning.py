"""Draws rounds: which ordeals meet, and how they lie over a round's blocks (pure, seeded).

Every plan but the impossible ones leaves its last blocks passable, so that a reward that is not
called in them was missed by the operator and by nobody else.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace

from tests.chain.soak.faults import CLEAR, Fault, Weather
from tests.chain.soak.ordeals import IMPOSSIBLE, Act, Ordeal, Plan, Step

__all__ = ["draw_plan", "lay_out"]

Steps = list[Step]

_HOUR = 3600.0
# Blocks left passable, one look each. At worst a reorg has undone the round's beginning under a
# reward on its way: to see that mined in vain (2), until it is final (3), to begin the round and to
# see that (2), to reward and to see that (2), and one to spare.
_LAST_CALL = 10
_BREAKS = (Fault.REFUSE, Fault.HANG, Fault.TOO_MANY, Fault.BROKEN, Fault.GARBAGE)
_LONGEST_HANG = 4  # blocks: every one costs real time, and then the host is down for good
_FLAPS = (Fault.REFUSE, Fault.TOO_MANY, Fault.BROKEN)
_IMPOSSIBLE_ONE_IN = 25
_MANY = (Ordeal.FLAPPING, Ordeal.LAGGING)  # each claims every endpoint's weather


def draw_plan(blocks: int, draw: random.Random) -> Plan:
    """Draw a round of one to three ordeals."""
    if draw.randrange(_IMPOSSIBLE_ONE_IN) == 0:
        return lay_out((draw.choice(sorted(IMPOSSIBLE)),), blocks, draw=draw)
    possible = sorted(set(Ordeal) - IMPOSSIBLE)
    drawn = draw.sample(possible, k=draw.choice((1, 1, 2, 2, 3)))
    ordeals = tuple(one for one in drawn if one is not Ordeal.CALM or len(drawn) == 1)
    return lay_out(ordeals, blocks, draw=draw)


def lay_out(ordeals: tuple[Ordeal, ...], blocks: int, *, draw: random.Random) -> Plan:
    """Lay ordeals over a round of so many blocks."""
    steps: Steps = [Step() for _ in range(blocks)]
    if Ordeal.NOT_BEGUN not in ordeals and draw.random() < 0.7:
        _act(steps, draw.randrange(2), Act.INITIALIZE)
    for ordeal in ordeals:
        _LAYING[ordeal](steps, draw)
    at_once = not {Ordeal.REVERTED, Ordeal.DROPPED, Ordeal.STUCK} & set(ordeals)
    return Plan(ordeals, tuple(steps), includes_at_once=at_once and draw.random() < 0.7)


def _open_until(steps: Steps) -> int:
    return len(steps) - _LAST_CALL


def _weather(steps: Steps, until: int, *weathers: Weather) -> None:
    for place in range(until):
        steps[place] = replace(steps[place], weathers=weathers)


def _act(steps: Steps, place: int, act: Act) -> None:
    steps[place] = replace(steps[place], acts=(*steps[place].acts, act))


def _fee(steps: Steps, start: int, end: int, caps: float) -> None:
    for place in range(start, end):
        steps[place] = replace(steps[place], base_fee_caps=caps)


def _calm(steps: Steps, draw: random.Random) -> None:
    del steps, draw


def _first_dead(steps: Steps, draw: random.Random) -> None:
    _break(steps, draw.choice(_BREAKS), Fault.NONE)


def _break(steps: Steps, *faults: Fault) -> None:
    """Break each endpoint in its own way from the first block to the last."""
    for place in range(len(steps)):
        is_over = place >= _LONGEST_HANG
        now = (Fault.REFUSE if is_over and one is Fault.HANG else one for one in faults)
        steps[place] = replace(steps[place], weathers=tuple(Weather(one) for one in now))


def _flapping(steps: Steps, draw: random.Random) -> None:
    for place in range(_open_until(steps)):
        flaps = tuple(Weather(draw.choice(_FLAPS), chance=0.5) for _ in range(3))
        steps[place] = replace(steps[place], weathers=flaps)


def _gas_late(steps: Steps, draw: random.Random) -> None:
    if draw.random() < 0.5:
        _fee(steps, 0, draw.randrange(4, _open_until(steps)), 30.0)
    else:
        _fee(steps, 0, len(steps), 3.5)  # only the last quarter's price allows it


def _reverted(steps: Steps, draw: random.Random) -> None:
    del draw
    for place in range(_open_until(steps) // 2):
        _act(steps, place, Act.REVERT)


def _no_hints(steps: Steps, draw: random.Random) -> None:
    del draw
    _weather(steps, len(steps), Weather(Fault.NO_HINTS))


def _killed(steps: Steps, draw: random.Random) -> None:
    for _ in range(draw.randrange(1, 4)):
        _act(steps, draw.randrange(_open_until(steps)), Act.KILL)


def _new_leader(steps: Steps, draw: random.Random) -> None:
    frozen = draw.randrange(4)
    _act(steps, frozen, Act.FREEZE)
    _act(steps, draw.randrange(frozen + 3, _open_until(steps)), Act.THAW)


def _wrong_clock(steps: Steps, draw: random.Random) -> None:
    errors = [draw.choice((-30 * _HOUR, -_HOUR, _HOUR, 400 * _HOUR)) for _ in range(2)]
    jump = draw.randrange(len(steps))
    for place, step in enumerate(steps):
        steps[place] = replace(step, clock_error_seconds=errors[place >= jump])


def _reorg(steps: Steps, draw: random.Random) -> None:
    for _ in range(draw.randrange(1, 3)):
        _act(steps, draw.randrange(4, _open_until(steps)), Act.REORG)


def _broadcasts(fault: Fault) -> Callable[[Steps, random.Random], None]:
    def lay(steps: Steps, draw: random.Random) -> None:
        longest = 4 + _LONGEST_HANG if fault is Fault.HOLD else _open_until(steps)
        _weather(steps, draw.randrange(4, longest), Weather(fault))

    return lay


def _dropped(steps: Steps, draw: random.Random) -> None:
    for place in range(draw.randrange(3, _open_until(steps))):
        _act(steps, place, Act.DROP)


def _stuck(steps: Steps, draw: random.Random) -> None:
    rise = draw.randrange(1, 5)
    _fee(steps, rise, draw.randrange(rise + 2, _open_until(steps)), 1.5)


def _lagging(steps: Steps, draw: random.Random) -> None:
    slow = [Weather(Fault.LAG, blocks=draw.randrange(1, 6)) for _ in range(3)]
    slow[draw.randrange(3)] = CLEAR
    _weather(steps, len(steps), *slow)


def _one_of_three(fault: Fault) -> Callable[[Steps, random.Random], None]:
    def lay(steps: Steps, draw: random.Random) -> None:
        weathers = [CLEAR, CLEAR, CLEAR]
        weathers[draw.randrange(3)] = Weather(fault)
        _weather(steps, len(steps), *weathers)

    return lay


def _all_dead(steps: Steps, draw: random.Random) -> None:
    _break(steps, *(draw.choice(_BREAKS) for _ in range(3)))


def _gas_never(steps: Steps, draw: random.Random) -> None:
    del draw
    _fee(steps, 0, len(steps), 30.0)


def _paused(steps: Steps, draw: random.Random) -> None:
    del draw
    _act(steps, 0, Act.PAUSE)


_LAYING: Mapping[Ordeal, Callable[[Steps, random.Random], None]] = {
    Ordeal.CALM: _calm,
    Ordeal.FIRST_DEAD: _first_dead,
    Ordeal.FLAPPING: _flapping,
    Ordeal.GAS_LATE: _gas_late,
    Ordeal.REVERTED: _reverted,
    Ordeal.NO_HINTS: _no_hints,
    Ordeal.KILLED: _killed,
    Ordeal.NEW_LEADER: _new_leader,
    Ordeal.WRONG_CLOCK: _wrong_clock,
    Ordeal.NOT_BEGUN: _calm,
    Ordeal.REORG: _reorg,
    Ordeal.LOST_ANSWER: _broadcasts(Fault.LOST),
    Ordeal.SWALLOWED: _broadcasts(Fault.SWALLOW),
    Ordeal.HELD: _broadcasts(Fault.HOLD),
    Ordeal.DROPPED: _dropped,
    Ordeal.STUCK: _stuck,
    Ordeal.LAGGING: _lagging,
    Ordeal.LYING: _one_of_three(Fault.LIE),
    Ordeal.OTHER_CHAIN: _one_of_three(Fault.WRONG_CHAIN),
    Ordeal.ALL_DEAD: _all_dead,
    Ordeal.GAS_NEVER: _gas_never,
    Ordeal.PAUSED: _paused,
}
