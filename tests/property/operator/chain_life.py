"""A small protocol and clumsy hands: rounds, nonces, weather. No network, no contract code.

It knows what matters for a reward: a round must be begun, a reward is taken once, a nonce is used
once, bytes land only at or above the base fee. The hands do to intents what the executor does.
"""

from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Final

from tests.unit.operator.chain.cases import CALLER, GWEI, NOW, OBSERVED, OWN, ROUND, seen

from podium_operator.chain.decide import decide
from podium_operator.chain.model import (
    IN_FLIGHT,
    ChainObserved,
    Health,
    Intent,
    IntentKind,
    IntentState,
    KeyState,
)

__all__ = ["BLOCKS", "Life", "Weather"]

BLOCKS: Final = 40
_BLOCK_SECONDS: Final = 12
_ETHER: Final = 10**18
_PAID_FAILURES: Final = 4


class Weather(Enum):
    """What happens in one block."""

    CALM = auto()
    BLIND = auto()
    CONTRADICTORY = auto()
    REFUSED = auto()
    LOST = auto()
    CRASHED = auto()
    SPIKE = auto()
    REVERTED = auto()
    REORGANISED = auto()
    OTHERS_REWARD = auto()
    OTHERS_BEGIN = auto()


@dataclass(slots=True)
class Life:
    """The chain and what we remember, from block to block.

    landed: sender and nonce of every transaction in a block now. missed: closed rounds without
    their reward. spent: gas that reverted.
    """

    number: int = ROUND
    block: int = 0
    initialized: bool = True
    last_reward: int = ROUND - 1
    nonces: dict[str, int] = field(default_factory=lambda: {OWN: 0, CALLER: 0})
    intents: tuple[Intent, ...] = ()
    landed: dict[tuple[str, int], str] = field(default_factory=dict)
    missed: list[int] = field(default_factory=list)
    reverts: int = 0
    _undo: Intent | None = None

    def live(self, weather: Weather) -> None:
        """One block: the world moves, we look, decide and act."""
        self.block += 1
        if self.block == BLOCKS:
            self._close_round()
        self._happen(weather)
        observed = self._observed(weather)
        decision = decide(observed)
        assert decide(observed) == decision
        self.intents = decision.intents
        if weather is not Weather.BLIND:
            self.intents = tuple(self._resolved(one) for one in self.intents)
            self._act(decision.next, observed, weather)

    def _close_round(self) -> None:
        if self.last_reward < self.number:
            self.missed.append(self.number)
        self.number, self.block, self.initialized = self.number + 1, 0, False
        self.reverts, self._undo = 0, None

    def _happen(self, weather: Weather) -> None:
        if weather is Weather.OTHERS_BEGIN:
            self.initialized = True
        if weather is Weather.OTHERS_REWARD and self.initialized:
            self.last_reward = self.number
        if weather is Weather.REORGANISED:
            self._take_back()

    def _take_back(self) -> None:
        """The newest transaction of this round is in no block any more."""
        gone = self._undo
        if gone is None or gone.nonce is None or self.nonces[gone.sender] != gone.nonce + 1:
            return
        self.nonces[gone.sender] = gone.nonce
        del self.landed[gone.sender, gone.nonce]
        if gone.kind is IntentKind.REWARD:
            self.last_reward = min(self.last_reward, self.number - 1)
        else:
            self.initialized = self.last_reward == self.number
        self._undo = None

    def _observed(self, weather: Weather) -> ChainObserved:
        height = (self.number - ROUND) * BLOCKS + self.block
        age = 100.0 if weather is Weather.BLIND else 1.0
        said = "the block" if weather is Weather.CONTRADICTORY else ""
        observed = seen(
            OBSERVED,
            number=self.number,
            initialized=self.initialized,
            start_block=0,
            length=BLOCKS,
            block_number=self.block,
            block=height,
            last_reward_round=self.last_reward,
            base_fee_wei=200 * GWEI if weather is Weather.SPIKE else GWEI // 50,
            keys={at: KeyState(at, _ETHER, nonce) for at, nonce in self.nonces.items()},
            intents=self.intents,
            health=Health(2, 2, age, said),
            reward_caller=CALLER,
            caller=CALLER,
            signers=frozenset({OWN, CALLER}),
            retry_seconds=2 * _BLOCK_SECONDS,
            service_uri="https://node.example:8935",
        )
        assert observed.state is not None
        at = NOW + height * _BLOCK_SECONDS
        return replace(observed, state=replace(observed.state, at=at), at=float(at))

    def _resolved(self, one: Intent) -> Intent:
        """What a look at receipts and nonces makes of an intent."""
        if one.nonce is None or not one.hashes:
            return one
        mark = self.landed.get((one.sender, one.nonce))
        if mark is None:
            was_final = one.state in {IntentState.DONE, IntentState.FAILED, IntentState.MINED}
            is_fresh = was_final and self.nonces[one.sender] <= one.nonce
            return replace(one, state=IntentState.SENT, mined_block=None) if is_fresh else one
        if one.state not in IN_FLIGHT:
            return one
        if mark != one.id:
            return replace(one, state=IntentState.FAILED, message="nonce used by another")
        return one

    def _act(self, chosen: Intent | None, observed: ChainObserved, weather: Weather) -> None:
        state = observed.state
        assert state is not None
        if chosen is not None and chosen.state is IntentState.PLANNED:
            self._begin(chosen, state.at, weather)
        elif chosen is not None:
            self._replace_bytes(chosen, state.at)
        for one in [one for one in self.intents if one.state is IntentState.SENT]:
            if weather not in {Weather.LOST, Weather.CRASHED}:
                self._land(one, base_fee_wei=state.base_fee_wei, weather=weather)

    def _begin(self, chosen: Intent, at: int, weather: Weather) -> None:
        busy = [one for one in self.intents if one.state in IN_FLIGHT]
        assert not any(one.sender == chosen.sender for one in busy)
        if weather is Weather.REFUSED:
            self._put(replace(chosen, state=IntentState.FAILED, message="refused"))
            return
        signed = IntentState.SIGNED if weather is Weather.CRASHED else IntentState.SENT
        nonce = self.nonces[chosen.sender]
        self._put(replace(chosen, state=signed, nonce=nonce, hashes=("0x1",), sent_at=at))

    def _replace_bytes(self, chosen: Intent, at: int) -> None:
        known = next(one for one in self.intents if one.id == chosen.id)
        if known.state not in {IntentState.SIGNED, IntentState.SENT}:
            return
        moved = replace(known, state=IntentState.SENT)
        if chosen.max_fee_wei > known.max_fee_wei:
            fee, hashes = chosen.max_fee_wei, (*known.hashes, "0x2")
            moved = replace(moved, max_fee_wei=fee, hashes=hashes, sent_at=at)
        self._put(moved)

    def _land(self, one: Intent, *, base_fee_wei: int, weather: Weather) -> None:
        if one.nonce != self.nonces[one.sender] or one.max_fee_wei < base_fee_wei:
            return
        unlucky = weather is Weather.REVERTED and self.reverts < _PAID_FAILURES
        succeeded = not unlucky and self._takes_effect(one)
        self.nonces[one.sender] += 1
        self.landed[one.sender, one.nonce] = one.id
        height = (self.number - ROUND) * BLOCKS + self.block
        if succeeded:
            self._undo = one
            self._put(replace(one, state=IntentState.MINED, mined_block=height))
        else:
            self.reverts += 1
            self._undo = None
            self._put(replace(one, state=IntentState.FAILED, mined_block=height))

    def _takes_effect(self, one: Intent) -> bool:
        if one.kind is IntentKind.INITIALIZE_ROUND:
            was, self.initialized = self.initialized, True
            return not was
        assert one.kind is IntentKind.REWARD
        if not self.initialized or self.last_reward == self.number:
            return False
        self.last_reward = self.number
        return True

    def _put(self, intent: Intent) -> None:
        self.intents = tuple(intent if one.id == intent.id else one for one in self.intents)
