"""Makes the cases of a run: the same seed and number give the same case, whatever came before."""

from collections.abc import Sequence
from random import Random

from tests.fuzz.bombs import BOMBS, STRANGERS, mixed
from tests.fuzz.cases import Case
from tests.fuzz.corpus import LARGE, LIVE, SMALL, Good, good
from tests.fuzz.ladders import is_dear, ladder
from tests.fuzz.ways import WAYS

__all__ = ["make_case"]

_LIVE_SHARE = 0.4
_BOMB_SHARE, _STRANGER_SHARE, _MIXED_SHARE, _INTACT_SHARE = 0.03, 0.02, 0.06, 0.03
_ABSURD_SHARE = 0.04
_DURATIONS = (0.0, 0.3, -1.0, 300.0, 301.0, 1e12, float("nan"), float("-inf"))
_MOST_BYTES = 16 << 20


def make_case(seed: int, number: int, *, is_large: bool = False, own: Sequence[Good] = ()) -> Case:
    """Return case `number`; `own` are sources to damage besides the built-in ones."""
    name = f"{seed}:{'large-' if is_large else ''}{number}"
    chance = Random(name)
    base = _base(chance, is_large=is_large, own=own)
    story, source, is_intact = _source(base, chance)
    is_of_one_size = " and " not in story and story not in BOMBS
    profiles = ladder(chance)
    duration = chance.choice(_DURATIONS) if chance.random() < _ABSURD_SHARE else None
    return Case(
        seed=name,
        story=story,
        source=source[:_MOST_BYTES],
        profiles=profiles,
        duration_seconds=duration,
        is_dear=is_dear(profiles),
        intact_frames=base.frames if is_intact else 0,
        size=(base.width, base.height) if is_of_one_size else (0, 0),
    )


def _base(chance: Random, *, is_large: bool, own: Sequence[Good]) -> Good:
    if own and chance.random() < 0.5:
        return chance.choice(own)
    if is_large:
        return good(chance.choice(tuple(LARGE)))
    return good(LIVE if chance.random() < _LIVE_SHARE else chance.choice(tuple(SMALL)))


def _source(base: Good, chance: Random) -> tuple[str, bytes, bool]:
    """Return what was done, the outcome, and whether nothing was done."""
    dice = chance.random()
    for share, stock in ((_BOMB_SHARE, BOMBS), (_STRANGER_SHARE, STRANGERS)):
        if dice < share:
            name = chance.choice(tuple(stock))
            return name, stock[name](chance), False
        dice -= share
    if dice < _MIXED_SHARE:
        other = good(chance.choice(tuple(SMALL)))
        story, data = _damaged(base, mixed(base.data, other.data, chance), chance, least=0)
        return f"{base.name} and {other.name}: {story}", data, False
    if dice < _MIXED_SHARE + _INTACT_SHARE:
        return base.name, base.data, True
    story, data = _damaged(base, base.data, chance, least=1)
    return f"{base.name}: {story}", data, False


def _damaged(base: Good, data: bytes, chance: Random, *, least: int) -> tuple[str, bytes]:
    done = []
    for _ in range(max(least, chance.choice((0, 1, 1, 1, 2, 3)))):
        ways = WAYS["any"] if chance.random() < 0.35 else WAYS[base.container]
        name = chance.choice(tuple(ways))
        data = ways[name](data, chance)
        done.append(name)
    return ", ".join(done) or "joined", data
