"""One Orchestrator's way to the chain, and what was last seen through it."""

__all__ = ["Plug"]

import asyncio
import logging
from typing import Final

from podium_operator.api.chain import Chain
from podium_operator.chain.material import Material, read_material
from podium_operator.chain.model import ChainState, ChainTerms
from podium_operator.chain.turn import Outlook
from podium_operator.chain.wiring import Wire
from podium_operator.chain.works import Works
from podium_operator.surroundings import Surroundings

log = logging.getLogger(__name__)

_SECRETS_SECONDS: Final = 10.0
_READ_SECONDS: Final = 120.0


class Plug:
    """Makes the way anew when the spec or a Secret has changed; `outlook` is then empty again."""

    def __init__(self, around: Surroundings, owner: tuple[str, str], works: Works) -> None:
        self._around, self._owner, self._works = around, owner, works
        self._wire: Wire | None = None
        self._wired_for: tuple[Chain, Material] | None = None
        self._secrets_at = float("-inf")
        self._material = Material({})
        self.outlook = Outlook(around.clock)

    async def wire(self, chain: Chain, terms: ChainTerms) -> Wire:
        """Return the way; Secrets are looked at again every ten seconds."""
        now = self._around.clock()
        is_due = now - self._secrets_at >= _SECRETS_SECONDS
        if is_due or self._wired_for is None or self._wired_for[0] != chain:
            self._material = await read_material(self._around.kube, self._owner[0], chain)
            self._secrets_at = now
        wanted = (chain, self._material)
        if self._wire is None or self._wired_for != wanted:
            await self.pull()
            self._wire = await self._works.connect(chain, terms, self._material, self._around)
            self._wired_for = wanted
            for fault in self._wire.faults:
                self._warn("chain part missing", fault)
        return self._wire

    async def read(self, wire: Wire, chain: Chain, terms: ChainTerms) -> None:
        """Read the chain if it lets itself be read; the last state grows old otherwise."""

        async def read() -> ChainState:
            async with asyncio.timeout(_READ_SECONDS):
                return await self._works.read(wire, chain, terms)

        before = self.outlook.trouble
        await self.outlook.look(read)
        if self.outlook.trouble not in {"", before}:
            self._warn("chain not read", self.outlook.trouble)

    async def pull(self) -> None:
        """Close the way, and forget what was seen."""
        wire, self._wire = self._wire, None
        self._wired_for, self.outlook = None, Outlook(self._around.clock)
        if wire is not None:
            await wire.close()

    def _warn(self, message: str, error: str) -> None:
        namespace, name = self._owner
        log.warning(message, extra={"namespace": namespace, "orchestrator": name, "error": error})
