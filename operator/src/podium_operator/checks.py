"""From what is observed to the four conditions: ordered small checks, the first that fires wins.

Pure. The shell fills `Observed` from its caches; nothing here knows Kubernetes objects.
"""

__all__ = ["Observed", "PartState", "conditions"]

from dataclasses import dataclass

from podium_operator.api.conditions import Condition


@dataclass(frozen=True, slots=True)
class PartState:
    """One workload (a StatefulSet or Deployment) as last seen.

    name: its object's name. desired, ready, updated: pods. minimum: pods it needs to serve at all.
    current: the controller has seen the newest template. trouble: a waiting container's reason and
    message ("ImagePullBackOff: ..."), empty when there is none.
    """

    name: str
    desired: int
    ready: int
    updated: int
    minimum: int = 1
    current: bool = True
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Observed:
    """What the verdict depends on.

    node, queue: None while they have not been seen; queue stays None with an external one
    (external_queue). load_age_seconds: None when no node has ever reported. invalid, failure:
    the message of an InvalidSpecError, and of the last apply that the API server refused.
    """

    paused: bool
    node: PartState | None
    queue: PartState | None
    pools: tuple[PartState, ...]
    external_queue: bool = False
    load_age_seconds: float | None = None
    at_max: tuple[str, ...] = ()
    invalid: str = ""
    failure: str = ""


def conditions(observed: Observed) -> tuple[Condition, ...]:
    """Ready, Progressing, Degraded and Paused, always all four."""
    raise NotImplementedError
