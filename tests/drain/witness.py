"""Hears what transcoders say of themselves when they leave: their last word on the queue."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import nats
from nats.aio.msg import Msg

from podium_worker.load import TranscoderLoad, parse_transcoder

__all__ = ["Witness", "witnessing"]


@dataclass(slots=True)
class Witness:
    """Last snapshots by transcoder."""

    gone: dict[str, TranscoderLoad] = field(default_factory=dict)

    @property
    def transcoded(self) -> int:
        """Segments that those who left had transcoded, whatever became of the results."""
        return sum(load.totals.done for load in self.gone.values())

    async def hear(self, message: Msg) -> None:
        """Keep a last word."""
        load = parse_transcoder(message.data)
        if load is not None and load.gone:
            self.gone[load.id] = load


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
