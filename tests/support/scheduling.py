"""Keep a process as its scheduler had it, whatever an encoder does.

As root SVT-AV1 takes the highest real-time priority, for its caller and all its children to come; a
Go program among them then spins until somebody ends it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["scheduled_as_before"]


@contextmanager
def scheduled_as_before() -> Iterator[None]:
    """Give this thread its policy and priority back at the end."""
    policy, priority = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, priority)
