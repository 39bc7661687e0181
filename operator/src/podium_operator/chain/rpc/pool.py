"""All endpoints together: reads that two of them agree on, and broadcasts that all of them get.

Reads go to whoever is well, in the configured order, at one block; two must say the same, and on a
contradiction the others are asked too. Nothing here asks an endpoint twice or sleeps: who is set
aside is asked again by a later call, or at once where nobody else is left.
"""

__all__ = ["RpcPool"]

import asyncio
import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from podium_operator.chain.model import Health
from podium_operator.chain.rpc.errors import EndpointError, EndpointFault, RpcError
from podium_operator.chain.rpc.line import Line
from podium_operator.chain.rpc.standing import Standing
from podium_operator.chain.rpc.texts import is_revert
from podium_operator.chain.rpc.values import (
    Answer,
    Block,
    Call,
    Endpoint,
    Limits,
    Reading,
    Refusal,
    Said,
    Sighting,
)
from podium_operator.chain.rpc.voting import Ballot, block_to_read, count_votes

_VOTERS: Final = 2
_LOGS: Final = "eth_getLogs"
_CHAIN_ID: Final = Call("eth_chainId")
_HEAD: Final = Call("eth_getBlockByNumber", ("latest", False))


class RpcPool:
    """The endpoints of one chain, for one event loop."""

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        *,
        chain_id: int,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.chain_id = chain_id
        self._limits, self._clock = limits or Limits(), clock
        self._lines = {
            one.name: Line(
                one,
                timeout_seconds=self._limits.timeout_seconds,
                batch_calls=self._limits.batch_calls,
            )
            for one in endpoints
        }
        self._standings = {
            name: Standing(name, self._limits, clock=clock, draw=draw) for name in self._lines
        }
        self._disagreement = ""
        self._read_at = clock()

    def health(self) -> Health:
        """Tell how many endpoints are well, and how long ago the chain was read."""
        return Health(
            healthy=sum(one.is_healthy for one in self._standings.values()),
            total=len(self._standings),
            age_seconds=self._clock() - self._read_at,
            disagreement=self._disagreement,
        )

    def sightings(self) -> tuple[Sighting, ...]:
        """Tell how each endpoint was met last, in order."""
        return tuple(one.sighting() for one in self._standings.values())

    async def close(self) -> None:
        """Close all connections."""
        for line in self._lines.values():
            await line.close()

    async def read(self, calls: Sequence[Call]) -> Reading:
        """Answer all calls at one block, as two endpoints say. Raises RpcError.

        Reverts are answers. The block is the highest that two endpoints have.
        """
        heads = await self._meet()
        number = block_to_read(heads, max_lag_blocks=self._limits.max_lag_blocks)
        able = [name for name in self._lines if heads.get(name, -1) >= number]
        reading = await self._read_at_block(number, calls, able)
        self._disagreement = self._disagreement or _far_ahead(heads, number, self._limits)
        return reading

    async def read_more(self, reading: Reading, calls: Sequence[Call]) -> Reading:
        """Answer further calls at the block of a reading. Raises RpcError, also after a reorg."""
        others = [name for name in self._by_readiness() if name not in reading.voters]
        more = await self._read_at_block(reading.block.number, calls, [*reading.voters, *others])
        if more.block.hash != reading.block.hash:
            raise RpcError(f"block {reading.block.number} was replaced while it was read")
        return more

    async def ask(self, calls: Sequence[Call]) -> tuple[Answer, ...]:
        """Return the first endpoint's answers that come. Raises RpcError. Never for broadcasts."""
        await self._make_sure()
        for name in self._by_readiness():
            said = await self._say(name, calls)
            if said.fault is None:
                return said.answers
        raise self._nobody()

    async def ask_all(
        self, calls: Sequence[Call], *, spares_failing: bool = False
    ) -> tuple[Said, ...]:
        """Put the calls to every endpoint of our chain at once, whatever its record; once each.

        spares_failing: leaves out who is set aside, as long as anybody else is there.
        """
        await self._make_sure()
        ours = [one for one in self._standings.values() if one.is_our_chain]
        ready = [one for one in ours if one.is_ready]
        names = [one.name for one in (ready if spares_failing and ready else ours)]
        return tuple(await asyncio.gather(*(self._say(name, calls) for name in names)))

    async def _meet(self) -> dict[str, int]:
        """Ask for chain and head whoever is ready, or everybody where those are all mute."""
        ready = [one.name for one in self._standings.values() if one.is_ready]
        heads = await self._heads(ready)
        if not heads:
            heads = await self._heads([name for name in self._lines if name not in ready])
        if not heads:
            raise self._nobody()
        best = max(heads.values())
        for name, head in heads.items():
            self._standings[name].meet(head, best)
        return heads

    async def _heads(self, names: Iterable[str]) -> dict[str, int]:
        found = await asyncio.gather(*(self._head(name) for name in names))
        return {name: head for name, head in found if head is not None}

    async def _head(self, name: str) -> tuple[str, int | None]:
        try:
            chain_id, head = await self._lines[name].ask((_CHAIN_ID, _HEAD))
            self._check_chain(name, chain_id)
            number = _block(name, head).number
        except EndpointError as error:
            self._standings[name].fail(error)
            return name, None
        return name, number

    def _check_chain(self, name: str, answer: Answer) -> None:
        found = _number(name, answer)
        if found != self.chain_id:
            detail = f"its chain id is {found}, not {self.chain_id}"
            raise EndpointError(name, EndpointFault.WRONG_CHAIN, detail)
        self._standings[name].is_our_chain = True

    async def _make_sure(self) -> None:
        """Ask those whose chain is not known for it: nothing is ever said to another chain."""
        unknown = [one.name for one in self._standings.values() if not one.is_our_chain]
        ready = [name for name in unknown if self._standings[name].is_ready]
        await self._heads(ready if len(unknown) < len(self._lines) else unknown)

    async def _read_at_block(
        self, number: int, calls: Sequence[Call], able: Sequence[str]
    ) -> Reading:
        pinned = [_at(call, number) for call in calls]
        verdict = count_votes(await self._vote(able, pinned, number), pinned)
        for name in verdict.outvoted:
            self._standings[name].fail(EndpointError(name, EndpointFault.CONTRADICTED))
        self._disagreement, self._read_at = verdict.disagreement, self._clock()
        return Reading(verdict.ballot.block, verdict.ballot.answers, verdict.agreeing)

    async def _vote(self, able: Sequence[str], calls: Sequence[Call], number: int) -> list[Ballot]:
        asked = [*calls, Call("eth_getBlockByNumber", (hex(number), False))]
        ballots: list[Ballot] = []
        waiting = list(able)
        while waiting and len(ballots) < _VOTERS:
            missing = _VOTERS - len(ballots)
            ballots += await self._ballots(waiting[:missing], asked)
            waiting = waiting[missing:]
        if not ballots:
            raise self._nobody()
        if count_votes(ballots, calls).disagreement:
            ballots += await self._ballots(waiting, asked)
        return ballots

    async def _ballots(self, names: Sequence[str], asked: Sequence[Call]) -> list[Ballot]:
        cast = await asyncio.gather(*(self._ballot(name, asked) for name in names))
        return [one for one in cast if one is not None]

    async def _ballot(self, name: str, asked: Sequence[Call]) -> Ballot | None:
        try:
            *answers, head = await self._lines[name].ask(asked)
            block = _block(name, head)
            _check_refusals(name, asked, answers)
        except EndpointError as error:
            self._standings[name].fail(error)
            return None
        self._standings[name].succeed()
        return Ballot(name, block, tuple(answers))

    async def _say(self, name: str, calls: Sequence[Call]) -> Said:
        try:
            answers = await self._lines[name].ask(calls)
        except EndpointError as error:
            self._standings[name].fail(error)
            return Said(name, fault=error.fault)
        self._standings[name].succeed()
        return Said(name, answers)

    def _by_readiness(self) -> list[str]:
        ours = [one for one in self._standings.values() if one.is_our_chain]
        return [one.name for one in sorted(ours, key=lambda one: not one.is_ready)]

    def _nobody(self) -> RpcError:
        faults = [f"{one.name}: {one.fault or 'no answer'}" for one in self._standings.values()]
        return RpcError(f"no endpoint answers: {', '.join(faults)}")


def _at(call: Call, number: int) -> Call:
    return replace(call, params=(*call.params, hex(number))) if call.is_pinned else call


def _far_ahead(heads: dict[str, int], number: int, limits: Limits) -> str:
    name, *more = [name for name, head in heads.items() if head >= number]
    others = [head for head in heads.values() if head < number]
    if more or not others or number - max(others) <= limits.max_lag_blocks:
        return ""
    return f"{name} is at block {number}, all others are behind {max(others) + 1}"


def _check_refusals(name: str, asked: Sequence[Call], answers: Sequence[Answer]) -> None:
    """A revert is an answer, and so is that a range is too wide; the rest is its own trouble."""
    for call, answer in zip(asked, answers, strict=False):
        is_answer = not isinstance(answer, Refusal) or is_revert(answer)
        if not is_answer and call.method != _LOGS:
            raise EndpointError(name, EndpointFault.REFUSED, f"code {answer.code}")


def _block(name: str, answer: Answer) -> Block:
    if not isinstance(answer, dict):
        raise EndpointError(name, EndpointFault.REFUSED, "it does not know the block")
    return Block(
        number=_number(name, answer.get("number")),
        hash=str(answer.get("hash")),
        at=_number(name, answer.get("timestamp")),
        base_fee_wei=_number(name, answer.get("baseFeePerGas") or "0x0"),
    )


def _number(name: str, text: Any) -> int:
    try:
        return int(text, 16)
    except (TypeError, ValueError):
        raise EndpointError(name, EndpointFault.NO_JSON_RPC, "no number where one stands") from None
