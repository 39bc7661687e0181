"""Hears what transcoders say of themselves on the queue, above all when they leave."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import nats
from nats.aio.msg import Msg

from podium_worker.load import TranscoderLoad, parse_transcoder

__all__ = ["Witness", "witnessing"]


@dataclass(slots=True)
class Witness:
    """Last snapshots: of those that left, and of those that work."""

    gone: dict[str, TranscoderLoad] = field(default_factory=dict)
    present: dict[str, TranscoderLoad] = field(default_factory=dict)
    _heard: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def transcoded(self) -> int:
        """Segments that those who left had transcoded, whatever became of the results."""
        return sum(load.totals.done for load in self.gone.values())

    async def hear(self, message: Msg) -> None:
        """Keep a word."""
        load = parse_transcoder(message.data)
        if load is None:
            return
        if load.gone:
            self.present.pop(load.id, None)
            self.gone[load.id] = load
        else:
            self.present[load.id] = load
        self._heard.set()

    async def has_worked(self, name: str) -> None:
        """Wait until a transcoder that is there has done a segment."""
        while name not in self.present or not self.present[name].totals.done:
            self._heard.clear()
            await self._heard.wait()


@asynccontextmanager
async def witnessing(server: str) -> AsyncIterator[Witness]:
    """Hear everyone for as long as the block runs."""
    client = await nats.connect(server)
    witness = Witness()
    await client.subscribe("podium.load.transcoder.*", cb=witness.hear)
    try:
        yield witness
    finally:
        await client.flush()
        await client.close()
