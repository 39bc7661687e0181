"""Where an orchestrator stands in the pool: the contract's list, walked a few steps at a time.

Nice to know and nothing more: it is asked only while no reward is due, from the order that was
seen last, and a failure costs nothing but the answer.
"""

__all__ = ["PoolOrder", "read_place"]

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from podium_operator.chain.contracts import NOBODY, decoded, eth_call
from podium_operator.chain.model import ChainState, PoolPlace
from podium_operator.chain.rpc.pool import RpcPool
from podium_operator.chain.rpc.values import Reading

_BONDING: Final = "BondingManager"
_FIRST: Final = "getFirstTranscoderInPool"
_NEXT: Final = "getNextTranscoderInPool"
_STAKE: Final = "transcoderTotalStake"
_STEPS_AT_ONCE: Final = 20
_LONGEST_POOL: Final = 1_000
_FRESH_BLOCKS: Final = 1_200


@dataclass(frozen=True, slots=True)
class PoolOrder:
    """The list as far as it was seen; block: the one the place was found at, 0 for never."""

    seen: tuple[str, ...] = ()
    place: PoolPlace | None = None
    block: int = 0


async def read_place(
    pool: RpcPool, reading: Reading, state: ChainState, *, before: PoolOrder
) -> PoolOrder:
    """Return the list and the place in it, or a longer part of the list. Raises RpcError.

    A place that was found some minutes ago is good enough; so is none while a reward is due.
    """
    own, is_fresh = state.transcoder, 0 <= state.block - before.block < _FRESH_BLOCKS
    is_due = own.active and own.last_reward_round != state.round.number
    if is_due or (before.block and is_fresh):
        return before
    walk = _Walk(pool, reading, state.targets[_BONDING].address)
    order, is_whole = await walk.order(before.seen)
    if not is_whole or not order:
        return PoolOrder(order)
    [stake] = await walk.ask(_STAKE, [order[-1]])
    rank = order.index(own.address) + 1 if own.address in order else None
    return PoolOrder(order, PoolPlace(rank, stake), state.block)


@dataclass(frozen=True, slots=True)
class _Walk:
    """Asks at the block of a reading."""

    pool: RpcPool
    reading: Reading
    bonding: str

    async def ask(self, name: str, accounts: Sequence[str]) -> list[Any]:
        """Return a view's answer for each account."""
        calls = [eth_call(_BONDING, name, self.bonding, one) for one in accounts]
        answers = (await self.pool.read_more(self.reading, calls)).answers
        return [decoded(_BONDING, name, answer)[0] for answer in answers]

    async def order(self, seen: Sequence[str]) -> tuple[tuple[str, ...], bool]:
        """Return the list from its head, and whether it is whole; known links cost one batch."""
        first = eth_call(_BONDING, _FIRST, self.bonding)
        answer = (await self.pool.read_more(self.reading, [first])).answers[0]
        at = str(decoded(_BONDING, _FIRST, answer)[0])
        links = dict(zip(seen, await self.ask(_NEXT, seen), strict=True)) if seen else {}
        order: list[str] = []
        steps = 0
        while at != NOBODY and at not in order and len(order) < _LONGEST_POOL:
            if at not in links:
                steps += 1
                if steps > _STEPS_AT_ONCE:
                    break
                [links[at]] = await self.ask(_NEXT, [at])
            order.append(at)
            at = links[at]
        return tuple(order), at == NOBODY
