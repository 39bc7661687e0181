"""Lets those who measure, and those who are measured, be run before others, where that is allowed.

A gateway that is late itself sees losses that nobody caused. Linux groups processes by session, so
that a process's own priority counts only within its session: the group's must be raised as well.
"""

import os
from contextlib import suppress
from pathlib import Path

__all__ = ["hurry"]

_PRIORITY = -10


def hurry(pid: int) -> None:
    """Raise the priority of a process and of its session; nothing happens without the right to."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, _PRIORITY)
    with suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(_PRIORITY))
