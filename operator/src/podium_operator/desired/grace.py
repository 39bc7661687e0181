"""How long pods may take to leave: no longer than the longest segment may be worth finishing.

These are bounds, not waits: a pod that has nothing left to answer ends at once. Whatever ends a pod
(a smaller pool, a node drain, an eviction, a rolling update) grants it this time.
"""

__all__ = ["LONGEST_SEGMENT_SECONDS", "node_grace_seconds", "transcoder_grace_seconds"]

from math import ceil
from typing import Final

LONGEST_SEGMENT_SECONDS: Final = 300
"""The network's limit; a segment is of use for 0.9 x 4 x its duration after it came."""

# Told to stop, a pull that is under way ends, the last snapshot leaves, and children are ended.
_TRANSCODER_EXIT_SECONDS: Final = 10
# What a node takes to have its last renditions fetched, close its listeners and end its server.
_NODE_EXIT_SECONDS: Final = 15


def transcoder_grace_seconds() -> int:
    """The time from SIGTERM until the last segment in hand is answered or of no use any more."""
    return ceil(0.9 * 4 * LONGEST_SEGMENT_SECONDS) + _TRANSCODER_EXIT_SECONDS


def node_grace_seconds(drain_seconds: int) -> int:
    """As long as sessions are still served, and then until the last segment is answered."""
    return drain_seconds + ceil(0.9 * 4 * LONGEST_SEGMENT_SECONDS) + _NODE_EXIT_SECONDS
