"""How many pods each pool should have: a pure function of load, pools and the past's window.

Never sees a clock, a cluster or a queue; the shell hands it values and carries the window.
"""

from podium_operator.scaling.decide import decide
from podium_operator.scaling.decision import (
    Bound,
    Decision,
    Hold,
    Lookahead,
    PoolDecision,
    Preparation,
    Surge,
    Terms,
    signature_of,
)
from podium_operator.scaling.model import (
    Canary,
    ClassDemand,
    Inputs,
    PoolState,
    Role,
    Service,
    Source,
    Window,
)

__all__ = [
    "Bound",
    "Canary",
    "ClassDemand",
    "Decision",
    "Hold",
    "Inputs",
    "Lookahead",
    "PoolDecision",
    "PoolState",
    "Preparation",
    "Role",
    "Service",
    "Source",
    "Surge",
    "Terms",
    "Window",
    "decide",
    "signature_of",
]
