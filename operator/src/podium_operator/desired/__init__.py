"""What should exist in the cluster for one Orchestrator: pure builders, one file per object kind.

`build` gives every child except the Secrets, in the order they are to be applied; `secrets`
gives those. Nothing here reads a clock, a random number, the network or the operator's version:
the same Orchestrator and facts give the same objects, byte for byte, in every release that does
not mean to change them.
"""

from podium_operator.desired.build import build
from podium_operator.desired.facts import Facts, OperatorPeer

__all__ = ["Facts", "OperatorPeer", "build"]
