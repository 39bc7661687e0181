"""What the operator keeps of one Orchestrator's scaling: the last decision's inputs, and lessons.

A child like the others, the ConfigMap `<o>-scaling`: repaired, owned, and collected with its
Orchestrator. It changes when a decision does, and rests when nothing does. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from podium_operator.api import names
from podium_operator.api.v1alpha1 import Orchestrator
from podium_operator.desired.objects import Object, owned
from podium_operator.learned import Learned, parse_learned

__all__ = ["DECISION_KEY", "LEARNED_KEY", "Archive", "config_map", "opened"]

DECISION_KEY = "decision.json"
LEARNED_KEY = "learned.json"
_DECISION_SECONDS = 5.0
_LEARNED_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Archive:
    """What is written, and what waits to be: decisions at most every 5 s, lessons every 60 s."""

    decision: str = ""
    learned: Learned = field(default_factory=Learned)
    waiting: str = ""
    decision_at: float = float("-inf")
    learned_at: float = float("-inf")

    def noted(self, decision: str, learned: Learned, *, now: float) -> "Archive":
        """Take in a new decision's record ("" for none) and what is known now."""
        archive = replace(self, waiting=decision) if decision else self
        if archive.waiting and now - archive.decision_at >= _DECISION_SECONDS:
            archive = replace(archive, decision=archive.waiting, waiting="", decision_at=now)
        is_due = now - archive.learned_at >= _LEARNED_SECONDS
        if is_due and learned.differs(archive.learned):
            archive = replace(archive, learned=learned, learned_at=now)
        return archive


def opened(data: Mapping[str, Any] | None) -> Archive:
    """What an earlier operator left; hostile input, since people can edit it."""
    texts = {key: value for key, value in (data or {}).items() if isinstance(value, str)}
    return Archive(
        decision=texts.get(DECISION_KEY, ""), learned=parse_learned(texts.get(LEARNED_KEY, ""))
    )


def config_map(orchestrator: Orchestrator, archive: Archive) -> Object:
    """The object that holds it."""
    head = owned(
        orchestrator,
        kind=("v1", "ConfigMap"),
        name=names.scaling_name(orchestrator.name),
        labels=names.common_labels(orchestrator.name),
    )
    data = {DECISION_KEY: archive.decision, LEARNED_KEY: archive.learned.encode()}
    return head | {"data": data}
