"""A queue on loopback on which a node and transcoders report load that a test sets."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import nats
from tests.support.ports import free_port

__all__ = ["LoadFeed", "feeding"]

_SERVER = Path(sys.executable).with_name("nats-server")
_PERIOD_SECONDS = 0.5
_CLASS = "h264/1280x720@30"


class LoadFeed:
    """What is reported twice a second; `streams` and `busy` are a test's to set."""

    def __init__(self, url: str, prefix: str) -> None:
        self.url, self.prefix = url, prefix
        self.streams, self.busy, self.waiting_seconds = 0, 0, 0.0

    async def run(self) -> None:
        """Report until cancelled."""
        client = await nats.connect(self.url)
        try:
            while True:
                for kind, report in (("node", self._node()), ("transcoder", self._transcoder())):
                    subject = f"{self.prefix}.load.{kind}.{report['id']}"
                    await client.publish(subject, json.dumps(report).encode())
                await client.flush()
                await asyncio.sleep(_PERIOD_SECONDS)
        finally:
            await client.close()

    def _node(self) -> dict[str, Any]:
        waiting = {"segments": 1, "seconds": self.waiting_seconds, "slotSeconds": 0.5}
        return {
            "kind": "node",
            "id": "home-node-0",
            "sessions": self.streams + 1,
            "maxSessions": 40,
            "streams": {_CLASS: {"open": self.streams, "segmentSeconds": 2.0}},
            "waiting": {_CLASS: waiting} if self.waiting_seconds else {},
        }

    def _transcoder(self) -> dict[str, Any]:
        service = {_CLASS: {"segments": 100, "slotSeconds": 50.0, "p95Seconds": 0.7}}
        named = {"kind": "transcoder", "id": "home-pool-cpu-1", "pool": "cpu"}
        return {**named, "slots": 4, "busy": self.busy, "service": service}


@asynccontextmanager
async def feeding(prefix: str) -> AsyncIterator[LoadFeed]:
    """Run the queue and the reports until the block ends."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        _SERVER, "-a", "127.0.0.1", "-p", str(port), stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    async for line in process.stderr:
        if b"Server is ready" in line:
            break
    drain = asyncio.create_task(process.stderr.read())
    feed = LoadFeed(f"nats://127.0.0.1:{port}", prefix)
    reporting = asyncio.create_task(feed.run())
    try:
        yield feed
    finally:
        reporting.cancel()
        await asyncio.gather(reporting, return_exceptions=True)
        process.terminate()
        await process.wait()
        await drain
