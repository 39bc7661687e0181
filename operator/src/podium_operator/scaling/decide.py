"""The decision itself."""

__all__ = ["decide"]

from podium_operator.scaling.model import Decision, Inputs, Window


def decide(inputs: Inputs, *, window: Window) -> tuple[Decision, Window]:
    """How many pods every pool should have, and the window to pass in next time."""
    raise NotImplementedError
