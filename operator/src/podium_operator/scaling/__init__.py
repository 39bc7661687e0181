"""How many pods each pool should have: a pure function of load, pools and the past's window.

Never sees a clock, a cluster or a queue; the shell hands it values and carries the window.
"""

from podium_operator.scaling.decide import decide
from podium_operator.scaling.model import (
    ClassDemand,
    Decision,
    Inputs,
    PoolDecision,
    PoolState,
    Service,
    Terms,
    Window,
)

__all__ = [
    "ClassDemand",
    "Decision",
    "Inputs",
    "PoolDecision",
    "PoolState",
    "Service",
    "Terms",
    "Window",
    "decide",
]
