"""Carries out what was decided: plan, store, sign, store, send, and find out what became of it.

Whatever line this stops at, the next pass goes on from the log and the vault: bytes are stored
before they are sent, sent only if the log says that they were signed, and signed once for a nonce
unless at a higher fee for the same deed. So at most one transaction of an intent can land.

It decides nothing, and keeps nothing in memory that matters. It never raises over endpoints or
signers: what they did stands in the intent. What the vault and the log raise passes through.
"""

__all__ = ["Executor"]

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Final

from podium_operator.chain.broadcast import Dispatch, dispatched
from podium_operator.chain.model import (
    IN_FLIGHT,
    SETTLED_BLOCKS,
    ChainDecision,
    ChainState,
    Intent,
    IntentState,
)
from podium_operator.chain.notebook import Notebook
from podium_operator.chain.ports import IntentLog, Vault
from podium_operator.chain.resolving import (
    Evidence,
    evidence_calls,
    evidence_of,
    resolved,
    revived,
)
from podium_operator.chain.rpc.errors import RpcError
from podium_operator.chain.rpc.pool import RpcPool
from podium_operator.chain.rpc.texts import revert_text
from podium_operator.chain.rpc.values import Call, Refusal
from podium_operator.chain.signers.policy import Policy
from podium_operator.chain.signers.signing import Signed, Signer, SigningError, Unsigned
from podium_operator.chain.stored import Stored, hash_of, read_stored

# Nodes take other bytes of a nonce only for a tenth more.
_LEAST_RISE: Final = (11, 10)
_GAS_MARGIN: Final = (13, 10)
_OVER_STATES: Final = frozenset({IntentState.DONE, IntentState.FAILED, IntentState.SUPERSEDED})
_SPENT_STATES: Final = frozenset({IntentState.MINED, IntentState.DONE, IntentState.FAILED})


@dataclass(slots=True)
class Executor:
    """The hands of one Orchestrator's chain side; one pass at a time.

    settled_blocks: how deep a failure lies before it is final. logged: what the log holds already;
    the bytes of what is forgotten since are dropped.
    """

    pool: RpcPool
    signers: Mapping[str, Signer]
    _: KW_ONLY
    vault: Vault = field(repr=False)
    log: IntentLog = field(repr=False)
    policy: Policy
    settled_blocks: int = 3
    logged: Sequence[Intent] = field(default=(), repr=False)

    async def advance(self, decision: ChainDecision, state: ChainState) -> tuple[Intent, ...]:
        """Carry the decision as far as it goes now; return all intents as they stand in the log."""
        book = Notebook(self.log, [revived(one, state) for one in decision.intents], self.logged)
        try:
            await self._forget(book)
            await book.save()
            for intent in [one for one in book.intents if _needs_evidence(one, state)]:
                await self._follow(book, intent, decision.next, state)
            await self._begin_next(book, decision.next, state)
        finally:
            self.logged = book.saved
        return book.intents

    async def _forget(self, book: Notebook) -> None:
        """Drop the bytes of intents that are over and no longer remembered."""
        for before in self.logged:
            if book.get(before.id) is None and before.state not in IN_FLIGHT:
                await self.vault.drop(before.id)

    async def _follow(
        self, book: Notebook, intent: Intent, wanted: Intent | None, state: ChainState
    ) -> None:
        """Find out what became of an intent; send its bytes again while they may still land."""
        stored = await read_stored(self.vault, intent)
        intent = replace(intent, hashes=stored.hashes(intent))
        evidence = await self._evidence(intent, state)
        intent = resolved(intent, evidence, state, settled_blocks=self.settled_blocks)
        if intent.state is IntentState.FAILED and evidence.receipt is not None:
            intent = replace(intent, message=await self._why_reverted(intent))
        await book.put(intent)
        if intent.state not in IN_FLIGHT or not evidence.is_open:
            return
        fee = wanted.max_fee_wei if wanted is not None and wanted.id == intent.id else 0
        if _is_enough(fee, intent.max_fee_wei) or not stored.raws:
            fee = max(fee, intent.max_fee_wei)
            intent, stored = await self._sign_again(book, intent, stored, fee=fee, state=state)
        if stored.raws:
            await self._send(book, intent, stored.raws[-1], state)

    async def _evidence(self, intent: Intent, state: ChainState) -> Evidence:
        calls = evidence_calls(intent, state, settled_blocks=self.settled_blocks)
        return evidence_of(intent, state, await self.pool.ask_all(calls, spares_failing=True))

    async def _sign_again(
        self, book: Notebook, intent: Intent, stored: Stored, *, fee: int, state: ChainState
    ) -> tuple[Intent, Stored]:
        """Store other bytes for the same deed and nonce; both stay as they were where refused."""
        nonce = intent.nonce
        if nonce is None:
            return intent, stored
        unsigned = replace(_unsigned(intent, state, nonce=nonce), max_fee_wei=fee)
        try:
            signed = await self._sign(unsigned, state)
        except SigningError as error:
            return await book.put(replace(intent, message=str(error))), stored
        stored = stored.with_newest(signed.raw)
        await self.vault.put(intent.id, stored.raws)
        hashes = stored.hashes(intent)
        intent = replace(intent, hashes=hashes, max_fee_wei=fee, sent_at=None)
        return await book.put(intent), stored

    async def _begin_next(self, book: Notebook, wanted: Intent | None, state: ChainState) -> None:
        """Sign and send what is wanted, unless its key has anything else on its way."""
        intent = book.get(wanted.id) if wanted is not None else None
        if wanted is None or intent is None or intent.state is not IntentState.PLANNED:
            return
        if wanted.state is not IntentState.PLANNED or any(book.in_flight(intent.sender)):
            return
        key = state.keys.get(intent.sender)
        if key is None or _is_behind(book, intent.sender, key.nonce):
            waits = "the chain as it was read does not show this key's last transaction yet"
            await book.put(replace(intent, message=waits))
            return
        await self._begin(book, wanted, state, nonce=key.nonce)

    async def _begin(
        self, book: Notebook, intent: Intent, state: ChainState, *, nonce: int
    ) -> None:
        stored = await read_stored(self.vault, replace(intent, nonce=nonce))
        kept = stored.newest_for(_unsigned(intent, state, nonce=nonce))
        if kept is None:
            try:
                unsigned = await self._tried(_unsigned(intent, state, nonce=nonce))
                signed = await self._sign(unsigned, state)
            except SigningError as error:
                failed = replace(intent, state=IntentState.FAILED, message=str(error))
                await book.put(failed)
                return
            except RpcError as error:
                await book.put(replace(intent, message=str(error)))
                return
            stored, kept = Stored((signed.raw,)), unsigned
            await self.vault.put(intent.id, stored.raws)
        intent = replace(
            intent,
            state=IntentState.SIGNED,
            nonce=kept.nonce,
            gas_limit=kept.gas_limit,
            max_fee_wei=kept.max_fee_wei,
            hashes=stored.hashes(intent),
            message="",
        )
        await self._send(book, await book.put(intent), stored.raws[-1], state)

    async def _tried(self, unsigned: Unsigned) -> Unsigned:
        """Try it without sending, and return it with the gas that it needs.

        Raises SigningError where it would revert, RpcError where nobody can tell.
        """
        words = _words(unsigned)
        tried = (await self.pool.read([Call("eth_call", (words,), is_pinned=True)])).answers[0]
        if isinstance(tried, Refusal):
            raise SigningError(f"it would revert: {revert_text(tried)}")
        estimate = (await self.pool.ask([Call("eth_estimateGas", (words,))]))[0]
        try:
            needed = int(str(estimate), 16)
        except ValueError:
            return unsigned
        if needed > unsigned.gas_limit:
            raise SigningError(f"it would take {needed} gas, more than {unsigned.gas_limit}")
        with_margin = needed * _GAS_MARGIN[0] // _GAS_MARGIN[1]
        return replace(unsigned, gas_limit=min(unsigned.gas_limit, with_margin))

    async def _sign(self, unsigned: Unsigned, state: ChainState) -> Signed:
        """Raises SigningError, also where no key of ours may sign this."""
        self.policy.check(unsigned, state.targets)
        signer = self.signers.get(unsigned.sender)
        if signer is None:
            raise SigningError(f"there is no key for {unsigned.sender}")
        return await signer.sign(unsigned)

    async def _send(self, book: Notebook, intent: Intent, raw: bytes, state: ChainState) -> None:
        """Give the stored bytes to every endpoint, and take down what they said."""
        said = await self.pool.ask_all([Call("eth_sendRawTransaction", ("0x" + raw.hex(),))])
        await book.put(dispatched(intent, Dispatch(said, hash_of(raw), at=state.at)))

    async def _why_reverted(self, intent: Intent) -> str:
        """Ask for the contract's words at the block before; a receipt has none."""
        words = {"from": intent.sender, "to": intent.to, "data": intent.data}
        block = hex(max(0, (intent.mined_block or 1) - 1))
        try:
            answer = (await self.pool.ask([Call("eth_call", (words, block))]))[0]
        except RpcError:
            return intent.message
        if not isinstance(answer, Refusal):
            return intent.message
        return f"mined and reverted: {revert_text(answer)}"


def _needs_evidence(intent: Intent, state: ChainState) -> bool:
    """Whether its bytes may be out, or the block that holds them may still be replaced.

    Those given up may have cost something all the same, and what is over may cost something else
    in another block.
    """
    if intent.state in IN_FLIGHT:
        return True
    if intent.state not in _OVER_STATES or not _is_spent(intent, state):
        return False
    if intent.mined_block is None:
        return intent.state is IntentState.SUPERSEDED
    return state.block - intent.mined_block < SETTLED_BLOCKS


def _is_spent(intent: Intent, state: ChainState) -> bool:
    key = state.keys.get(intent.sender)
    return key is not None and intent.nonce is not None and key.nonce > intent.nonce


def _is_behind(book: Notebook, sender: str, nonce: int) -> bool:
    """Whether this nonce is one that a finished transaction of ours has used already."""
    used = (
        one.nonce
        for one in book.intents
        if one.sender == sender and one.state in _SPENT_STATES and one.nonce is not None
    )
    return any(one >= nonce for one in used)


def _is_enough(fee: int, before: int) -> bool:
    return fee > before and fee * _LEAST_RISE[1] >= before * _LEAST_RISE[0]


def _unsigned(intent: Intent, state: ChainState, *, nonce: int) -> Unsigned:
    return Unsigned(
        chain_id=state.chain_id,
        sender=intent.sender,
        to=intent.to,
        data=intent.data,
        value_wei=intent.value_wei,
        nonce=nonce,
        gas_limit=intent.gas_limit,
        max_fee_wei=intent.max_fee_wei,
    )


def _words(unsigned: Unsigned) -> dict[str, str]:
    return {
        "from": unsigned.sender,
        "to": unsigned.to,
        "data": unsigned.data,
        "value": hex(unsigned.value_wei),
    }
