"""What nodes answer when people ask what is open, written by hand."""

import json
from typing import Any

from podium_operator.api import names
from podium_operator.kube.client import Body

__all__ = ["answer", "node_pod", "session"]


def session(stream: str = "3f2a9c01de", **more: Any) -> dict[str, Any]:
    """Return one session as a node tells it."""
    return {
        "stream": stream,
        "loadClass": "h264/640x360@30",
        "sourcePixelsPerSecond": 27_648_000,
        "segmentSeconds": 2.0,
        "ageSeconds": 61.4,
        "segmentAgeSeconds": 0.7,
        "pending": 1,
        "done": 30,
        "late": 0,
        "lost": 0,
        "failed": 0,
        **more,
    }


def answer(
    *sessions: dict[str, Any], total: int | None = None, room: int = 8, refused: int = 0
) -> bytes:
    """Return a node's answer; `total`: how many sessions it has, those not told too."""
    load = {
        "kind": "node",
        "id": "home-node-0",
        "at": 1.0,
        "sessions": len(sessions) if total is None else total,
        "maxSessions": room,
        "streams": {},
        "waiting": {},
        "oldestWaitSeconds": 0.0,
        "totals": {"received": 1},
    }
    return json.dumps({"load": load, "refusedLately": refused, "sessions": sessions}).encode()


def node_pod(name: str = "home-node-0", *, of: str = "home", phase: str = "Running") -> Body:
    """Return a node's pod."""
    labels = names.labels(of, names.Component.NODE)
    meta = {"name": name, "namespace": "media", "labels": labels}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "status": {"phase": phase}}
