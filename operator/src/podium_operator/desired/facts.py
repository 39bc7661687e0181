"""What the builders must know beside the Orchestrator itself: plain values, found by the shell."""

__all__ = ["Facts", "ImageDefaults", "OperatorPeer"]

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ImageDefaults:
    """The worker image the chart was given; `reference` may be empty where it was given none."""

    reference: str = ""
    pull_policy: str = "IfNotPresent"
    pull_secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OperatorPeer:
    """How a NetworkPolicy recognises the operator's own pods."""

    namespace: str
    pod_labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts of the cluster that the desired objects depend on.

    replicas: wanted pods per pool, by pool name; every pool of the spec must be there.
    secret_hashes: content hash per generated Secret's name (`secrets.content_hash`).
    image: the chart's defaults; pinned_image: `status.image` while the spec has not changed since
    it was written (`images.pinned`), so that a new operator's default restarts nothing.
    operator: None where the operator runs outside the cluster.
    """

    replicas: Mapping[str, int]
    secret_hashes: Mapping[str, str]
    image: ImageDefaults = field(default_factory=ImageDefaults)
    pinned_image: str = ""
    operator: OperatorPeer | None = None
