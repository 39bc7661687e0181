"""A chain's keeper in a world of its own: an API server in memory, a chain that is a value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

from tests.support.fake_kube import FakeKube
from tests.unit.operator.chain.cases import ETHER, STATE

from podium_operator.api import names
from podium_operator.chain.claims import Claims
from podium_operator.chain.keeper import ChainKeeper
from podium_operator.chain.mail import Mail
from podium_operator.chain.model import (
    ChainDecision,
    ChainState,
    ChainTerms,
    Health,
    Intent,
    IntentState,
    KeyState,
)
from podium_operator.chain.ports import Vault
from podium_operator.chain.rpc.values import Block, Reading, Sighting
from podium_operator.chain.shelf import StatusLog
from podium_operator.chain.signers.signing import Signer
from podium_operator.chain.wiring import Wire
from podium_operator.chain.works import Works
from podium_operator.desired.facts import ImageDefaults
from podium_operator.errors import PodiumError
from podium_operator.events import Recorder
from podium_operator.kube.client import Body
from podium_operator.kube.errors import KubeError, UnreachableError
from podium_operator.kube.kinds import ORCHESTRATOR
from podium_operator.metrics import Metrics
from podium_operator.surroundings import Surroundings

__all__ = ["OWN", "ChainWorld", "UnansweredError", "conditions_in", "states_in"]

OWN = "0x" + "11" * 20  # without letters, so that it is its own checksum
HERE = replace(
    STATE,
    transcoder=replace(STATE.transcoder, address=OWN, delegate=OWN),
    keys={OWN: KeyState(OWN, ETHER, 7)},
)
HASH = "0x" + "ab" * 32
SPEC = {
    "address": OWN,
    "rpc": {"endpoints": [{"name": "one", "url": "http://one.example.com"}]},
    "approval": "Auto",
}


class UnansweredError(PodiumError):
    """No endpoint answers."""


class _Pool:
    """An `RpcPool` as far as the keeper looks at it."""

    def health(self) -> Health:
        return Health(healthy=1, total=2, age_seconds=0.0)

    async def read(self, _calls: object) -> Reading:
        """No log line moved anything."""
        return Reading(Block(0, "0x", 0, 0), ((),), ("one",))

    def sightings(self) -> tuple[Sighting, ...]:
        return (Sighting("one", None, head=9000),)

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class ChainWorld:
    """One Orchestrator on chain; `look` lets its keeper look once."""

    kube: FakeKube = field(default_factory=FakeKube)
    metrics: Metrics = field(default_factory=Metrics)
    state: ChainState | None = HERE
    signs: bool = True
    faults: tuple[str, ...] = ()
    began: list[str] = field(default_factory=list)
    stored: list[str] = field(default_factory=list)
    now: float = 1000.0
    claims: Claims = field(default_factory=Claims)
    keeper: ChainKeeper = field(init=False)
    mail: Mail = field(init=False)

    async def begin(self, *, policy: str = "Retain", **chain: Any) -> None:
        """Store an Orchestrator on chain and give it a keeper."""
        signer = {
            "keystore": {
                "secretRef": {"name": "key", "key": "keystore.json"},
                "passwordSecretRef": {"name": "key", "key": "password"},
            }
        }
        spec = {**SPEC, **({"signer": signer} if self.signs else {}), **chain}
        await self.kube.create(
            {
                "apiVersion": names.API_VERSION,
                "kind": names.KIND,
                "metadata": {"namespace": "media", "name": "home"},
                "spec": {
                    "pools": [{"name": "cpu", "hardware": {"type": "cpu"}}],
                    "chain": spec,
                    "deletionPolicy": policy,
                },
            }
        )
        await self.restart()

    async def restart(self) -> None:
        """Give it a new keeper, as a new leader would."""
        around = Surroundings(
            kube=self.kube,
            recorder=Recorder(self.kube, "test", clock=lambda: self.now),
            metrics=self.metrics,
            image=ImageDefaults("example/worker:1"),
            clock=lambda: self.now,
            now=lambda: datetime.fromtimestamp(STATE.at, UTC),
            draw=lambda: 0.5,
            claims=self.claims,
        )
        self.mail = Mail(await self.orchestrator(), self.claims)
        works = Works(connect=self._connect, read=self._read, hand=self._hand)
        self.keeper = ChainKeeper(self.mail, around, works)

    async def look(self, *, seconds: float = 30.0) -> Body:
        """Let it look, and return what the Orchestrator shows then."""
        self.now += seconds
        await self.keeper.look()
        return await self.orchestrator()

    async def orchestrator(self) -> Body:
        return await self.kube.get(ORCHESTRATOR, "media", "home")

    async def edit(self, change: Callable[[Body], object]) -> None:
        """Change the Orchestrator as a person would, and let the watch tell."""
        body = await self.orchestrator()
        change(body)
        self.mail.put(await self.kube.replace(body), is_news=True)

    async def ask(self, **spec: Any) -> None:
        """Change fields of the spec as a person would."""
        await self.edit(lambda body: body["spec"].update(spec))

    async def delete(self) -> None:
        """Ask for its deletion; finalizers hold it."""
        await self.edit(
            lambda body: body["metadata"].update(deletionTimestamp="2026-01-01T00:00:00Z")
        )

    async def annotate(self, **annotations: str) -> None:
        said = {f"{names.GROUP}/{key.replace('_', '-')}": text for key, text in annotations.items()}

        def write(body: Body) -> None:
            meta = body["metadata"]
            meta["annotations"] = {**(meta.get("annotations") or {}), **said}
            fields: Body = {"f:metadata": {"f:annotations": {f"f:{key}": {} for key in said}}}
            entry = {"manager": "alice", "time": "2026-01-02T03:04:05Z", "fieldsV1": fields}
            meta["managedFields"] = [*(meta.get("managedFields") or ()), entry]

        await self.edit(write)

    def rewarded(self) -> None:
        """Let the chain show this round's reward."""
        assert self.state is not None
        own = replace(self.state.transcoder, last_reward_round=self.state.round.number)
        self.state = replace(self.state, transcoder=own, block=self.state.block + 50)

    def refuse_status(self) -> None:
        """Let no status be written from now on."""

        def refuse(verb: str, kind: str, _name: str) -> KubeError | None:
            is_status = verb == "apply" and kind == names.KIND
            return UnreachableError("the API server is away") if is_status else None

        self.kube.fail = refuse

    def events(self) -> dict[str, str]:
        """Return what was told: notes by reason, the newest of each."""
        bodies = [body for key, body in self.kube.objects.items() if key[0] == "Event"]
        return {body["reason"]: body["note"] for body in bodies}

    def series(self, name: str) -> dict[str, float]:
        lines = self.metrics.render().decode().splitlines()
        pairs = (line.rpartition(" ") for line in lines if line.startswith((f"{name}{{", name)))
        return {labels: float(value) for labels, _, value in pairs if not labels.startswith("#")}

    async def _connect(self, *_: object) -> Wire:
        signers = cast("Mapping[str, Signer]", {OWN: object()} if self.signs else {})
        return Wire(cast("Any", _Pool()), signers, self.faults)

    async def _read(self, *_: object) -> ChainState:
        if self.state is None:
            raise UnansweredError("no endpoint answers")
        return self.state

    def _hand(self, _wire: Wire, _terms: ChainTerms, vault: Vault, log: StatusLog) -> "_Hand":
        return _Hand(self, vault, log)


def conditions_in(body: Body) -> dict[str, tuple[str, str]]:
    """Return status and reason of every condition, by type."""
    found = body["status"]["conditions"]
    return {one["type"]: (one["status"], one["reason"]) for one in found}


def states_in(body: Body) -> list[str]:
    """Return the states of the intents, the oldest first."""
    return [one["state"] for one in body["status"]["chain"].get("intents") or ()]


@dataclass
class _Hand:
    """Sends as an executor does, to a chain that takes everything."""

    world: ChainWorld
    vault: Vault
    log: StatusLog

    async def advance(self, decision: ChainDecision, state: ChainState, /) -> tuple[Intent, ...]:
        after = tuple(self._moved(one, decision, state) for one in decision.intents)
        await self.log.save(after)
        for one in after:
            if one.hashes and one.id not in self.world.stored:
                await self.vault.put(one.id, [b"\x02" + one.id.encode()])
                self.world.stored.append(one.id)
        return after

    def _moved(self, intent: Intent, decision: ChainDecision, state: ChainState) -> Intent:
        if intent.state is IntentState.SENT:
            return replace(
                intent, state=IntentState.MINED, mined_block=state.block, cost_wei=10**13
            )
        if decision.next is None or intent.id != decision.next.id:
            return intent
        if intent.state is not IntentState.PLANNED:
            return intent
        self.world.began.append(intent.id)
        return replace(intent, state=IntentState.SENT, nonce=7, hashes=(HASH,), sent_at=state.at)
