"""What nodes and transcoders measure alike, as the network's own software does."""

import platform

from podium_worker import __version__
from podium_worker.metrics import Registry

__all__ = ["TRANSCODE_BUCKETS", "TRANSFER_BUCKETS", "build_info"]

TRANSCODE_BUCKETS = (0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 10)
TRANSFER_BUCKETS = (0.1, 0.15, 0.2, 0.5, 10)


def build_info(registry: Registry, node_type: str) -> None:
    """Expose which build this is, under the network's name."""
    versions = registry.gauge(
        "livepeer_versions",
        "Build of this process.",
        ("node_type", "compiler", "goos", "goversion", "livepeerversion"),
        bare=True,
    )
    versions.set(
        1,
        node_type=node_type,
        compiler=platform.python_implementation(),
        goos=platform.system().lower(),
        goversion=platform.python_version(),
        livepeerversion=f"podium-{__version__}",
    )
