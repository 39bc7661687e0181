"""The operator's own loop in a process of its own: look, decide, act, write down; one at a time.

It runs the product's reading, decision and execution on files in place of the cluster. Everything
it says goes to one file, so that a test can look for secrets in it.
"""

import asyncio
import logging
import os
import random
import signal
import sys
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from tests.chain.soak.kill import Aim, LineCount
from tests.chain.soak.stores import FileIntentLog, FileLease, FileVault, LeaseLostError

from podium_operator.chain.model import ChainObserved, ChainState, ChainTerms, Intent
from podium_operator.chain.reading import Memory, read_state
from podium_operator.chain.rpc.errors import RpcError
from podium_operator.chain.rpc.pool import RpcPool
from podium_operator.chain.rpc.values import Endpoint, Limits
from podium_operator.chain.sending import Executor
from podium_operator.chain.signers.keystore import open_keystore
from podium_operator.chain.signers.policy import Policy
from podium_operator.chain.signers.signing import Signer
from podium_operator.chain.signers.web3signer import Web3Signer, client_context
from podium_operator.chain.turn import Outlook, take_turn

__all__ = ["FROZEN", "Order", "Place", "RemoteKey", "Report", "live"]

_log = logging.getLogger(__name__)

FROZEN: Final = "frozen"
_LEASE_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class RemoteKey:
    """A remote signer: its address and the files that a client needs."""

    url: str
    authority: Path
    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Place:
    """Where an operator lives and what it is told once; a remote key goes before the keystore.

    patience_seconds: with an endpoint's answer. Lines that are counted take their time.
    """

    folder: Path
    endpoints: tuple[Endpoint, ...]
    controller: str
    terms: ChainTerms
    keystore: Path
    password: str = field(repr=False)
    remote: RemoteKey | None = None
    patience_seconds: float = 1.0

    @property
    def account(self) -> str:
        """Who signs: the one key that is there."""
        [account] = self.terms.signers
        return account

    @property
    def words(self) -> Path:
        """The file with everything that its processes ever said."""
        return self.folder / "words"


@dataclass(frozen=True, slots=True)
class Order:
    """Look once. now: the cluster's time; the own clock is wrong by clock_error_seconds.

    aim: where to die or freeze on the way; lines are counted only with one.
    """

    now: float
    clock_error_seconds: float = 0.0
    aim: Aim | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What came of one look; lines: of the chain package, where they were counted."""

    leads: bool
    reason: str = ""
    intents: tuple[Intent, ...] = ()
    error: str = ""
    lines: int = 0


def live(name: str, place: Place, pipe: Connection) -> None:
    """Serve orders until the pipe closes or the lease is lost."""
    words = os.open(place.words, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(words, 1)
    os.dup2(words, 2)
    logging.basicConfig(level=logging.DEBUG, stream=sys.stderr, force=True)
    asyncio.run(_serve(name, place, pipe))


async def _serve(name: str, place: Place, pipe: Connection) -> None:
    signer = await _open_signer(place)
    body = _Body(name, place, signer)
    while True:
        try:
            order: Order = pipe.recv()
        except EOFError:
            return
        aim = order.aim
        if aim is None:
            pipe.send(await body.look(order))
            continue
        freezes = aim.number is signal.SIGSTOP
        with LineCount(aim, warn=(lambda: pipe.send(FROZEN)) if freezes else None) as lines:
            report = await body.look(order)
        pipe.send(Report(report.leads, report.reason, report.intents, report.error, lines.count))


async def _open_signer(place: Place) -> Signer:
    if place.remote is None:
        return await open_keystore(place.keystore.read_text(), place.password)
    remote = place.remote
    files = (remote.certificate, remote.key, remote.authority)
    certificate, key, authority = (file.read_bytes() for file in files)
    context = client_context(certificate=certificate, key=key, authority=authority)
    return Web3Signer(url=remote.url, address=place.account, tls=context)


class _Body:
    """One process's memory; what matters of it is in the files."""

    def __init__(self, name: str, place: Place, signer: Signer) -> None:
        self._place, self._now, self._cluster_now = place, 0.0, 0.0
        self._outlook, self._memory = Outlook(lambda: self._cluster_now), Memory()
        self._lease = FileLease(place.folder / "lease", name, _LEASE_SECONDS)
        self._log = FileIntentLog(place.folder / "intents.json", self._lease.is_held)
        self._pool = RpcPool(
            place.endpoints,
            chain_id=place.terms.chain_id,
            limits=Limits(
                timeout_seconds=place.patience_seconds,
                max_lag_blocks=2,
                first_pause_seconds=1,
                longest_pause_seconds=36,
            ),
            clock=lambda: self._now,
            draw=random.Random(name).random,
        )
        self._executor = Executor(
            self._pool,
            signers={signer.address: signer},
            vault=FileVault(place.folder / "vault", self._lease.is_held),
            log=self._log,
            policy=Policy(orchestrator=place.terms.orchestrator, cold=_cold(place.terms)),
            logged=self._log.load(),
        )

    async def look(self, order: Order) -> Report:
        """Take one turn of the keeper's."""
        self._cluster_now, self._now = order.now, order.now + order.clock_error_seconds
        if not self._lease.take(order.now):
            return Report(leads=False, reason="another process leads")
        await self._outlook.look(self._read)
        try:
            decision = await take_turn(self._observed(), lambda _: self._executor)
        except LeaseLostError as lost:
            return Report(leads=False, reason=str(lost))
        return Report(
            leads=True,
            reason=decision.reason,
            intents=decision.intents,
            error=self._outlook.trouble,
        )

    async def _read(self) -> ChainState:
        terms = self._place.terms
        try:
            return await read_state(
                self._pool,
                controller=self._place.controller,
                orchestrator=terms.orchestrator,
                keys=sorted(terms.signers),
                memory=self._memory,
            )
        except RpcError:
            _log.exception("the chain cannot be read")
            raise

    def _observed(self) -> ChainObserved:
        return ChainObserved(
            state=self._outlook.state,
            health=self._outlook.health(self._pool.health()),
            terms=self._place.terms,
            intents=self._log.load(),
            at=self._now,
            strange=self._outlook.strange,
        )


def _cold(terms: ChainTerms) -> frozenset[str]:
    return frozenset({terms.sweep.to}) if terms.sweep is not None else frozenset()
