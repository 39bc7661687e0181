"""What is applied for a replay: an Orchestrator for ours, a Deployment and a ScaledObject per peer.

Pure. Every pod lands on pretended nodes and says how long it takes to start.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.bench.scaling.stage import PoolKind
from tests.devcluster.pretended import PRETENDED, STARTS_BY, STARTS_IN

__all__ = ["OURS", "PEERS", "POLICY_LABEL", "POOL_LABEL", "Peer", "ours", "peer_objects"]

OURS: Final = "Podium"
POLICY_LABEL: Final = "bench.test/policy"
POOL_LABEL: Final = "podium.video/pool"
_TOLERATION: Final = {"key": PRETENDED, "operator": "Exists"}
_NO_LIMIT: Final = [{"type": "Percent", "value": 1000, "periodSeconds": 1}]


@dataclass(frozen=True, slots=True)
class Peer:
    """KEDA with a target of busy and waiting segments per pod; `behavior` as an HPA's."""

    name: str
    share: float
    behavior: Mapping[str, Any]

    @property
    def slug(self) -> str:
        """Its name as an object's."""
        return self.name.lower().replace(" ", "-")


PEERS: Final = (
    Peer("KEDA default", 1.0, {}),
    Peer("KEDA tuned", 0.7, {"scaleUp": {"policies": _NO_LIMIT}}),
)


def ours(pools: tuple[PoolKind, ...], *, queue: str) -> dict[str, Any]:
    """Build the Orchestrator."""
    return {
        "apiVersion": "podium.video/v1alpha1",
        "kind": "Orchestrator",
        "metadata": {"name": "ours"},
        "spec": {
            "queue": {"external": {"servers": [queue], "prefix": "bench"}},
            "pools": [_pool(kind) for kind in pools],
        },
    }


def peer_objects(
    peer: Peer, kind: PoolKind, *, replicas: int, page: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Build a peer's pool, and what has KEDA scale it by a page of numbers."""
    labels = {POLICY_LABEL: peer.slug, POOL_LABEL: kind.name}
    pool = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": peer.slug, "labels": labels},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels, "annotations": _starts(kind)},
                "spec": {
                    "nodeSelector": {PRETENDED: "true"},
                    "tolerations": [_TOLERATION],
                    "containers": [{"name": "transcoder", "image": "example/worker:1"}],
                },
            },
        },
    }
    return pool, _scaled_object(peer, kind, page)


def _scaled_object(peer: Peer, kind: PoolKind, page: str) -> dict[str, Any]:
    metadata = {
        "url": f"{page}/{peer.slug}",
        "valueLocation": "segments",
        "targetValue": f"{peer.share * kind.slots:g}",
    }
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": peer.slug},
        "spec": {
            "scaleTargetRef": {"name": peer.slug},
            "minReplicaCount": kind.minimum,
            "maxReplicaCount": kind.maximum,
            "triggers": [{"type": "metrics-api", "metadata": metadata}],
            "advanced": {"horizontalPodAutoscalerConfig": {"behavior": peer.behavior}},
        },
    }


def _pool(kind: PoolKind) -> dict[str, Any]:
    return {
        "name": kind.name,
        "hardware": {"type": "cpu"},
        "slots": kind.slots,
        "resources": {
            "requests": {"cpu": "100m", "memory": "64Mi"},
            "limits": {"cpu": str(kind.slots)},
        },
        "nodeSelector": {PRETENDED: "true"},
        "tolerations": [_TOLERATION],
        "podTemplate": {"annotations": _starts(kind)},
        "scale": {
            "min": kind.minimum,
            "max": kind.maximum,
            "role": "overflow" if kind.is_overflow else "base",
            "costUsdPerHour": f"{kind.usd_per_hour:g}",
            "startupSeconds": round(kind.start_seconds + kind.start_sigma_seconds),
        },
    }


def _starts(kind: PoolKind) -> dict[str, str]:
    """Spread starts evenly over two sigmas around the mean."""
    least, most = (kind.start_seconds + sign * kind.start_sigma_seconds for sign in (-1, 1))
    return {STARTS_IN: f"{least:g}s", STARTS_BY: f"{most:g}s"}
