"""One turn of the chain side: look, decide, carry out.

The operator's keeper takes it, and so does the soak: what is tried against everything is what runs.
"""

__all__ = ["Outlook", "take_turn"]

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from podium_operator.chain.contracts import ContractsError
from podium_operator.chain.decide import decide
from podium_operator.chain.model import ChainDecision, ChainObserved, ChainState, Health
from podium_operator.chain.ports import Advance
from podium_operator.errors import PodiumError


@dataclass(slots=True)
class Outlook:
    """The last state that was read. It stands until it is read anew, and grows old meanwhile.

    clock: seconds, never set back. trouble: why the last read failed, "" where it did not; strange:
    what the contracts do not answer as they should.
    """

    clock: Callable[[], float]
    state: ChainState | None = None
    trouble: str = ""
    strange: str = ""
    _read_at: float = field(default=0.0)

    async def look(self, read: Callable[[], Awaitable[ChainState]]) -> None:
        """Read the chain if it lets itself be read."""
        try:
            self.state = await read()
        except (PodiumError, TimeoutError) as error:
            self.trouble = str(error) or type(error).__name__
            self.strange = self.trouble if isinstance(error, ContractsError) else ""
            return
        self._read_at, self.trouble, self.strange = self.clock(), "", ""

    def health(self, pool: Health) -> Health:
        """Return the pool's health with the age of the state that is known."""
        age = self.clock() - self._read_at if self.state is not None else 0.0
        return replace(pool, age_seconds=age)


async def take_turn(
    observed: ChainObserved, hand: Callable[[ChainDecision], Advance], *, may_begin: bool = True
) -> ChainDecision:
    """Decide, and carry on what was decided; the decision's intents are as they then stand.

    hand: asked for at once after the decision. may_begin: else what is under way is followed and
    nothing new is signed. Without a state nothing is sent. What vault and log raise passes through.
    """
    decision = decide(observed)
    if not may_begin:
        reason = "spec.paused is set: nothing is begun on chain, and a reward may be lost"
        decision = replace(decision, next=None, reason=reason)
    if observed.state is None:
        return decision
    return replace(decision, intents=await hand(decision).advance(decision, observed.state))
