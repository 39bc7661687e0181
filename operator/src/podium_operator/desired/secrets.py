"""The Secrets the operator generates once: which there are, what they hold, how they rotate."""

__all__ = ["SecretState", "build", "content_hash", "ensure", "names_of"]

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from podium_operator.api.v1alpha1 import Orchestrator


@dataclass(frozen=True, slots=True)
class SecretState:
    """A Secret's decoded data and its annotations; never shows the data in a repr."""

    data: Mapping[str, bytes] = field(repr=False)
    annotations: Mapping[str, str] = field(default_factory=dict)


def names_of(orchestrator: Orchestrator) -> tuple[str, ...]:
    """The names of the Secrets that must exist and are ours to write: read these by name."""
    raise NotImplementedError


def ensure(
    orchestrator: Orchestrator,
    *,
    existing: Mapping[str, SecretState],
    now: datetime,
    token: Callable[[int], bytes],
) -> dict[str, SecretState]:
    """What each Secret should hold: the existing state itself where nothing is to be changed."""
    raise NotImplementedError


def build(orchestrator: Orchestrator, *, states: Mapping[str, SecretState]) -> list[dict[str, Any]]:
    """The Secret objects to apply; owned by the Orchestrator only under deletionPolicy Delete."""
    raise NotImplementedError


def content_hash(state: SecretState) -> str:
    """A short hash for pod templates: changes when, and only when, the content does."""
    raise NotImplementedError
