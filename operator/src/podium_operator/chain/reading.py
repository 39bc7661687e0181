"""Reads everything a decision looks at, at one block. Sends nothing.

Where the contracts are is asked first and remembered; then one batch asks what they say, and a
small one what depends on that, at the same block. Two endpoints must say the same of each.
"""

__all__ = ["Memory", "read_state"]

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

from podium_operator.chain.contracts import (
    NAMES,
    ContractsError,
    contract_info,
    decoded,
    eth_call,
)
from podium_operator.chain.model import ChainState, UnbondingLock
from podium_operator.chain.place import PoolOrder, read_place
from podium_operator.chain.questions import Answers, Subject, questions, state_of
from podium_operator.chain.rpc.errors import RpcError
from podium_operator.chain.rpc.pool import RpcPool
from podium_operator.chain.rpc.values import Answer, Reading

_NEEDED: Final = ("BondingManager", "RoundsManager", "ServiceRegistry", "LivepeerToken", "Minter")
_BONDING: Final = "BondingManager"
_TRANSCODER: Final = "BondingManager.getTranscoder"
_DELEGATOR: Final = "BondingManager.getDelegator"
_POOL: Final = "getTranscoderEarningsPoolForRound"
_LOCK: Final = "getDelegatorUnbondingLock"
# Somebody may have unbonded a thousand times: the newest locks matter, the oldest are long empty.
_MOST_LOCKS: Final = 100


@dataclass(slots=True)
class Memory:
    """What spares calls from one read to the next. Nothing is lost with it.

    empty_locks: unbonding locks whose stake was withdrawn or bonded again.
    """

    addresses: Mapping[str, str] = field(default_factory=dict)
    empty_locks: frozenset[int] = frozenset()
    order: PoolOrder = field(default_factory=PoolOrder)


async def read_state(
    pool: RpcPool,
    *,
    controller: str,
    orchestrator: str,
    keys: Sequence[str],
    memory: Memory | None = None,
) -> ChainState:
    """Return the state of one orchestrator; all addresses are checksummed.

    Raises RpcError where endpoints fail, ContractsError where the contracts are not Livepeer's.
    """
    memory = memory or Memory()
    subject = Subject(pool.chain_id, controller, orchestrator, tuple(dict.fromkeys(keys)))
    addresses = memory.addresses or await _addresses(pool, controller)
    asked = questions(addresses, subject)
    reading = await pool.read(list(asked.values()))
    answers = Answers(asked, reading.answers)
    memory.addresses = {name: one.address for name, one in answers.targets().items()}
    if any(memory.addresses.get(name) != addresses[name] for name in _NEEDED):
        raise ContractsError("the Controller names other addresses than before: read again")
    round_stake, locks = await _depending(pool, reading, answers, orchestrator, memory)
    block = reading.block
    state = state_of(answers, subject, block=block, round_stake=round_stake, locks=locks)
    return await _placed(pool, reading, state, memory)


async def _placed(pool: RpcPool, reading: Reading, state: ChainState, memory: Memory) -> ChainState:
    """Add the place in the pool, where it can be had."""
    with suppress(RpcError, ContractsError):
        memory.order = await read_place(pool, reading, state, before=memory.order)
    own = replace(state.transcoder, place=memory.order.place)
    return replace(state, transcoder=own)


async def _addresses(pool: RpcPool, controller: str) -> dict[str, str]:
    asked = {f"target/{name}": contract_info(controller, name) for name in NAMES}
    answers = Answers(asked, (await pool.read(list(asked.values()))).answers)
    found = {name: one.address for name, one in answers.targets().items()}
    if missing := [name for name in _NEEDED if name not in found]:
        raise ContractsError(
            f"the Controller {controller} knows no {', '.join(missing)}: is this its address?"
        )
    return found


async def _depending(
    pool: RpcPool, reading: Reading, answers: Answers, orchestrator: str, memory: Memory
) -> tuple[int, tuple[UnbondingLock, ...]]:
    """Read what the first answers point at: this round's stake, and what is being unbonded."""
    bonding = memory.addresses[_BONDING]
    rounds = (answers.value("RoundsManager.currentRound"), answers.all(_TRANSCODER)[3])
    locks = _lock_ids(answers.all(_DELEGATOR)[6], memory.empty_locks)
    calls = [eth_call(_BONDING, _POOL, bonding, orchestrator, one) for one in rounds]
    calls += [eth_call(_BONDING, _LOCK, bonding, orchestrator, one) for one in locks]
    more = (await pool.read_more(reading, calls)).answers
    found = [_lock(lock, answer) for lock, answer in zip(locks, more[2:], strict=True)]
    memory.empty_locks |= {lock.id for lock in found if lock.amount == 0}
    now, before = (int(decoded(_BONDING, _POOL, answer)[0]) for answer in more[:2])
    # 0 where nothing changed the stake since an earlier round: that round's is in force.
    return now or before, tuple(lock for lock in found if lock.amount)


def _lock_ids(count: int, empty: frozenset[int]) -> list[int]:
    return [lock for lock in range(max(0, count - _MOST_LOCKS), count) if lock not in empty]


def _lock(lock: int, answer: Answer) -> UnbondingLock:
    amount, withdraw_round = decoded(_BONDING, _LOCK, answer)
    return UnbondingLock(lock, amount, withdraw_round)
