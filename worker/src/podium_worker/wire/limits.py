"""How large and how long a segment may be on the network."""

__all__ = ["MAX_DURATION_MS", "MAX_SEGMENT_BYTES"]

MAX_SEGMENT_BYTES = 300_000_000
"""300 s at 8 Mbit/s, the network's limit for a source and for each rendition."""

MAX_DURATION_MS = 300_000
