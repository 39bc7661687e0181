"""What can go wrong between a registry and a running chain."""

__all__ = ["DevnetError"]


class DevnetError(RuntimeError):
    """The chain cannot be had; the message says why and what to do about it."""
