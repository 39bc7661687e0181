"""All children of one Orchestrator, in apply order."""

__all__ = ["build"]

from typing import Any

from podium_operator.api.v1alpha1 import Orchestrator
from podium_operator.desired.facts import Facts


def build(orchestrator: Orchestrator, *, facts: Facts) -> list[dict[str, Any]]:
    """Every child but the Secrets, owner references included. Raises InvalidSpecError."""
    raise NotImplementedError
