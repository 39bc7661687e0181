"""What can go wrong while programs are found, as one tree.

Every message names the program and what to do about it.
"""

__all__ = ["DamagedError", "MissingError", "ProgramsError", "UnreachableError"]


class ProgramsError(Exception):
    """A program or an image that the cluster needs cannot be had."""


class MissingError(ProgramsError):
    """Something must be installed or set that only the user can install or set."""


class UnreachableError(ProgramsError):
    """Upstream could not be reached at all: the other addresses need not be tried."""


class DamagedError(ProgramsError):
    """Upstream answered, with something else than the release it promises."""
