"""What stands in the way of a release; the text says what to do about it.

ReleaseError
"""

__all__ = ["ReleaseError"]


class ReleaseError(Exception):
    """A release cannot be made like this."""
