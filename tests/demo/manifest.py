"""The Orchestrator that the demo applies, sized for a small machine (pure).

A transcoder gets a part of a core, so that one stream keeps one slot busy for half of the time and
several pods fit on two cores.
"""

from typing import Any

from tests.gateway.messages import Rendition
from tests.gateway.plan import PlannedSource

__all__ = ["LADDER", "NAME", "POOL", "build_orchestrator", "source_for"]

NAME = "demo"
POOL = "cpu"
LADDER = (
    Rendition("240p", 426, 240, 400_000, fps=25),
    Rendition("144p", 256, 144, 200_000, fps=25),
)
_SEGMENT_SECONDS = 2.0
_IN_WINDOW_SECONDS = 10


def build_orchestrator(*, namespace: str, most_pods: int, slot_millicores: int) -> dict[str, Any]:
    """Return the manifest: a node, an embedded queue, a pool of 1 to `most_pods` transcoders."""
    slot = f"{slot_millicores}m"
    return {
        "apiVersion": "podium.video/v1alpha1",
        "kind": "Orchestrator",
        "metadata": {"name": NAME, "namespace": namespace},
        "spec": {
            "node": {"resources": _requests("100m", "192Mi")},
            "queue": {"embedded": {"resources": _requests("20m", "64Mi")}},
            "pools": [
                {
                    "name": POOL,
                    "hardware": {"type": "cpu"},
                    "scale": {
                        "min": 1,
                        "max": most_pods,
                        "inWindowSeconds": _IN_WINDOW_SECONDS,
                    },
                    "resources": {
                        "requests": {"cpu": f"{slot_millicores // 2}m", "memory": "192Mi"},
                        "limits": {"cpu": slot, "memory": "768Mi"},
                    },
                }
            ],
        },
    }


def source_for(index: int) -> PlannedSource:
    """Return the pictures of stream number `index`; every stream starts elsewhere in the clip."""
    return PlannedSource(
        width=854, height=480, fps=25, segment_seconds=_SEGMENT_SECONDS, skip=2 * index
    )


def _requests(cpu: str, memory: str) -> dict[str, Any]:
    return {"requests": {"cpu": cpu, "memory": memory}}
