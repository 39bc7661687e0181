"""One turn: what is known when the chain does not answer, and what may then be sent."""

from dataclasses import dataclass, field, replace

import pytest
from tests.unit.operator.chain.cases import OBSERVED, STATE

from podium_operator.chain.contracts import ContractsError
from podium_operator.chain.model import ChainDecision, ChainState, Health, Intent, IntentKind
from podium_operator.chain.rpc.errors import RpcError
from podium_operator.chain.turn import Outlook, take_turn

_HEALTH = Health(healthy=1, total=2, age_seconds=0.0)


@dataclass
class _Chain:
    """Answers with the state, or with what is wrong."""

    now: float = 100.0
    error: Exception | None = None

    def clock(self) -> float:
        return self.now

    async def read(self) -> ChainState:
        if self.error is not None:
            raise self.error
        return STATE


@dataclass
class _Hand:
    begun: list[IntentKind] = field(default_factory=list)

    async def advance(self, decision: ChainDecision, _: ChainState, /) -> tuple[Intent, ...]:
        self.begun += [decision.next.kind] if decision.next is not None else []
        return decision.intents


async def test_the_last_state_stands_and_grows_old_while_nobody_answers() -> None:
    chain = _Chain()
    outlook = Outlook(chain.clock)
    await outlook.look(chain.read)
    chain.now, chain.error = 130.0, RpcError("no endpoint answers")

    await outlook.look(chain.read)

    assert outlook.state is STATE
    assert outlook.health(_HEALTH) == replace(_HEALTH, age_seconds=30.0)
    assert (outlook.trouble, outlook.strange) == ("no endpoint answers", "")

    chain.error = None
    await outlook.look(chain.read)
    assert outlook.health(_HEALTH).age_seconds == 0.0
    assert outlook.trouble == ""


async def test_contracts_that_are_not_understood_are_told_from_silence() -> None:
    chain = _Chain(error=ContractsError("Minter.currentMintableTokens reverts"))
    outlook = Outlook(chain.clock)

    await outlook.look(chain.read)

    assert outlook.strange == outlook.trouble == "Minter.currentMintableTokens reverts"
    assert outlook.health(_HEALTH).age_seconds == 0.0


async def test_what_is_no_trouble_of_the_chain_is_not_swallowed() -> None:
    chain = _Chain(error=ZeroDivisionError())

    with pytest.raises(ZeroDivisionError):
        await Outlook(chain.clock).look(chain.read)


async def test_a_turn_carries_out_what_it_decides_unless_nothing_may_begin() -> None:
    hand = _Hand()

    await take_turn(OBSERVED, lambda _: hand)
    held = await take_turn(OBSERVED, lambda _: hand, may_begin=False)

    assert hand.begun == [IntentKind.REWARD]
    assert held.next is None
    assert "paused" in held.reason


async def test_without_a_state_no_hand_is_asked_for() -> None:
    def none(_: ChainDecision) -> _Hand:
        raise AssertionError("nothing may be sent")

    decision = await take_turn(replace(OBSERVED, state=None), none)

    assert decision.next is None
