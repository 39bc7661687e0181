"""What a round has to go through: the rows of the soak's table (pure values)."""

from dataclasses import dataclass
from enum import StrEnum

from tests.chain.soak.faults import CLEAR, Weather

__all__ = ["ENDPOINTS", "IMPOSSIBLE", "Act", "Ordeal", "Plan", "Step"]

ENDPOINTS = ("first", "second", "third")


class Act(StrEnum):
    """Something that happens once, before or while the operator looks at a block."""

    INITIALIZE = "initialize"  # somebody else begins the round
    KILL = "kill"  # the operator dies at some line and is started again
    FREEZE = "freeze"  # it freezes at some line, and another leads until it thaws
    THAW = "thaw"
    REORG = "reorg"  # the last blocks are replaced by empty ones
    REVERT = "revert"  # whatever is sent to this block is mined and reverts
    DROP = "drop"  # what waits in the node's pool is forgotten
    PAUSE = "pause"  # the protocol stands still until the round is over


class Ordeal(StrEnum):
    """One thing that goes wrong in the field."""

    CALM = "calm"
    FIRST_DEAD = "first RPC dead"
    FLAPPING = "all RPCs flapping"
    GAS_LATE = "gas above the cap until late"
    REVERTED = "first try reverted"
    NO_HINTS = "pool hints failing"
    KILLED = "operator killed mid-way"
    NEW_LEADER = "leader frozen and replaced"
    WRONG_CLOCK = "clock wrong"
    NOT_BEGUN = "round not initialised"
    REORG = "last blocks replaced"
    LOST_ANSWER = "answer lost after broadcast"
    SWALLOWED = "broadcast swallowed"
    HELD = "broadcast arrives late"
    DROPPED = "transaction dropped"
    STUCK = "base fee rises over what was sent"
    LAGGING = "endpoints lag"
    LYING = "an endpoint lies"
    OTHER_CHAIN = "an endpoint of another chain"
    ALL_DEAD = "all RPCs dead to the end"
    GAS_NEVER = "gas above the hard cap to the end"
    PAUSED = "protocol paused to the end"


IMPOSSIBLE = frozenset({Ordeal.ALL_DEAD, Ordeal.GAS_NEVER, Ordeal.PAUSED})


@dataclass(frozen=True, slots=True)
class Step:
    """One block: weather per endpoint, base fee in gas caps, the clock's error, what happens."""

    weathers: tuple[Weather, ...] = (CLEAR,)
    base_fee_caps: float = 0.5
    clock_error_seconds: float = 0.0
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """A round's blocks. includes_at_once: as Arbitrum does; else a block takes what waits."""

    ordeals: tuple[Ordeal, ...]
    steps: tuple[Step, ...]
    includes_at_once: bool = True

    @property
    def is_possible(self) -> bool:
        """Whether any path allows the round's reward."""
        return IMPOSSIBLE.isdisjoint(self.ordeals)
