"""Keeps the books of one Orchestrator in a ConfigMap: log lines in small steps, a line a round.

Losing it loses history and nothing else. What it does not get to now, it does at a later look.
"""

__all__ = ["Bookkeeper"]

from typing import Any, Final

from podium_operator.api import names
from podium_operator.api.v1alpha1 import Orchestrator
from podium_operator.chain.books import Books, closed, encoded, opened, scanned
from podium_operator.chain.ledger import payments_of
from podium_operator.chain.model import ChainState, Intent
from podium_operator.chain.movements import TOPICS, Log, Movement, movement_of
from podium_operator.chain.rpc.errors import RpcError
from podium_operator.chain.rpc.pool import RpcPool
from podium_operator.chain.rpc.values import Call, Refusal
from podium_operator.desired.objects import owner_reference
from podium_operator.kube.client import Kube
from podium_operator.kube.errors import NotFoundError
from podium_operator.kube.kinds import kind_named

_MAP: Final = kind_named("ConfigMap")
_BLOCKS_AT_ONCE: Final = 5_000
_STEPS_AT_ONCE: Final = 8
# Between two scans while a round runs: an hour of a chain with four blocks a second.
_RESTING_BLOCKS: Final = 14_400
_SOURCES: Final = ("BondingManager", "TicketBroker")


class Bookkeeper:
    """Reads log lines and writes the ConfigMap `<o>-chain`."""

    def __init__(self, kube: Kube) -> None:
        self._kube = kube
        self._books: Books | None = None
        self._written: dict[str, str] = {}

    async def keep(
        self,
        orchestrator: Orchestrator,
        pool: RpcPool,
        state: ChainState,
        intents: tuple[Intent, ...],
    ) -> None:
        """Bring the books up to this state, or a step nearer. Raises RpcError and KubeError."""
        books = self._books or await self._open(orchestrator)
        is_over = books.opening is not None and state.round.number > books.opening.round
        if books.opening is not None and (is_over or state.block - books.block >= _RESTING_BLOCKS):
            books = await self._scan(books, pool, state)
        self._books = closed(books, state, payments_of(intents))
        await self._write(orchestrator, self._books)

    async def _open(self, orchestrator: Orchestrator) -> Books:
        name = names.chain_name(orchestrator.name)
        try:
            body = await self._kube.get(_MAP, orchestrator.namespace, name)
        except NotFoundError:
            return Books()
        self._written = dict(body.get("data") or {})
        return opened(self._written)

    async def _scan(self, books: Books, pool: RpcPool, state: ChainState) -> Books:
        for _ in range(_STEPS_AT_ONCE):
            if books.block >= state.block:
                break
            until = min(state.block, books.block + _BLOCKS_AT_ONCE)
            found = await _movements(pool, state, since=books.block + 1, until=until)
            books = scanned(books, found, until=until)
        return books

    async def _write(self, orchestrator: Orchestrator, books: Books) -> None:
        data = encoded(books)
        if data == self._written:
            return
        meta: dict[str, Any] = {
            "namespace": orchestrator.namespace,
            "name": names.chain_name(orchestrator.name),
            # Not by managed-by: what scaling prunes is found by that label.
            "labels": {
                names.NAME_LABEL: "podium",
                names.INSTANCE_LABEL: orchestrator.name,
            },
        }
        if orchestrator.spec.deletion_policy == "Delete":
            meta["ownerReferences"] = [owner_reference(orchestrator)]
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}
        await self._kube.apply(body, manager=names.CHAIN_FIELD_MANAGER)
        self._written = data


async def _movements(pool: RpcPool, state: ChainState, *, since: int, until: int) -> list[Movement]:
    """Read what moved in these blocks, as two endpoints say."""
    sources = [state.targets[name].address for name in _SOURCES if name in state.targets]
    wanted = {
        "fromBlock": hex(since),
        "toBlock": hex(until),
        "address": sources,
        "topics": [list(TOPICS)],
    }
    call = Call("eth_getLogs", (wanted,), label="log lines of the round")
    [answer] = (await pool.read([call])).answers
    if isinstance(answer, Refusal):
        raise RpcError(f"log lines of blocks {since} to {until}: {answer.message}")
    moved = (movement_of(_log(line), state.transcoder.address) for line in answer or ())
    return [one for one in moved if one is not None]


def _log(line: dict[str, Any]) -> Log:
    return Log(
        block=int(line["blockNumber"], 16),
        index=int(line["logIndex"], 16),
        topics=tuple(line["topics"]),
        data=str(line["data"]),
    )
