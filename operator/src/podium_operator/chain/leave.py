"""How an Orchestrator goes: held by our finalizer only where its policy has work on chain to do.

A deletion that does not end says why, again and again, and how to end it without the chain.
"""

__all__ = ["Leave"]

from typing import Final

from podium_operator.api import names
from podium_operator.api.v1alpha1 import Orchestrator
from podium_operator.chain.deletion import WAY_OUT
from podium_operator.chain.mail import Mail
from podium_operator.chain.model import ChainDecision
from podium_operator.kube.client import Body
from podium_operator.surroundings import Surroundings

_HOLDING: Final = {"Deactivate", "Unbond"}


class Leave:
    """Puts the finalizer on and takes it off."""

    def __init__(self, mail: Mail, around: Surroundings) -> None:
        self._mail, self._around = mail, around

    async def may_go_on(self, body: Body, orchestrator: Orchestrator) -> bool:
        """Make the finalizer what the policy asks for; False where nothing is left to do."""
        wanted, held = _wants(orchestrator), _is_held(body)
        if _is_leaving(body):
            if held and not wanted:
                await self._hold(body, held=False)
            return held and wanted
        if wanted != held:
            await self._hold(body, held=wanted)
        return True

    async def finish(self, body: Body, decision: ChainDecision) -> None:
        """Let it go once the chain shows the policy's end, or say what it waits for."""
        if not (_is_leaving(body) and _is_held(body)):
            return
        if decision.deletion_done:
            await self._hold(body, held=False)
            return
        await self._tell(body, decision.reason)

    async def tell_if_leaving(self, body: Body, why: str) -> None:
        """Tell why a deletion does not end; nothing where none is under way."""
        if _is_leaving(body) and _is_held(body):
            await self._tell(body, f"{why}; {WAY_OUT}")

    async def _tell(self, body: Body, why: str) -> None:
        note = ("Warning", "DeletionWaits", why)
        await self._around.recorder.tell(body, note, action="Delete")

    async def _hold(self, body: Body, *, held: bool) -> None:
        meta = body["metadata"]
        identity = {key: meta[key] for key in ("namespace", "name", "uid")}
        answer = await self._around.kube.apply(
            {
                "apiVersion": names.API_VERSION,
                "kind": names.KIND,
                "metadata": identity | ({"finalizers": [names.FINALIZER]} if held else {}),
            },
            manager=names.CHAIN_FIELD_MANAGER,
        )
        if held:
            self._mail.put(answer, is_news=False)


def _wants(orchestrator: Orchestrator) -> bool:
    chain = orchestrator.spec.chain
    is_ours = chain is not None and chain.role == "Primary"
    return is_ours and orchestrator.spec.deletion_policy in _HOLDING


def _is_held(body: Body) -> bool:
    return names.FINALIZER in (body["metadata"].get("finalizers") or ())


def _is_leaving(body: Body) -> bool:
    return "deletionTimestamp" in body["metadata"]
