"""`python -m tests.support.idle_node URL PREFIX`: report as a node to which nobody streams.

For tests where an operator has to know that there is no load; one that hears nothing holds.
"""

import asyncio
import json
import sys
import time

import nats

__all__ = ["report"]

_NODE = "home-node-0"
_SECONDS = 1.0


async def report(url: str, prefix: str) -> None:
    """Report once a second until cancelled; waits for a queue that is still starting."""
    line = await nats.connect(url, max_reconnect_attempts=-1, connect_timeout=2)
    while True:
        totals = {"received": 0, "answered": 0}
        snapshot = {"kind": "node", "id": _NODE, "at": time.time(), "totals": totals}
        await line.publish(f"{prefix}.load.node.{_NODE}", json.dumps(snapshot).encode())
        await asyncio.sleep(_SECONDS)


if __name__ == "__main__":
    asyncio.run(report(sys.argv[1], sys.argv[2]))
