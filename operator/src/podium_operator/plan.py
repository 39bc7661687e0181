"""From what should exist and what was seen to what must be written: pure, no clock, no API."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from podium_operator.kube.client import Body
from podium_operator.sightings import Child, ChildKey, key_of

__all__ = ["Applied", "ChildrenPlan", "content_hash", "plan_children"]


@dataclass(frozen=True, slots=True)
class Applied:
    """What was last applied for one child, and what the object looked like right after."""

    desired_hash: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class ChildrenPlan:
    """Objects to apply, in order, and children to delete after that."""

    applies: tuple[Body, ...]
    prunes: tuple[Child, ...]

    @property
    def is_empty(self) -> bool:
        return not self.applies and not self.prunes


def plan_children(
    desired: Sequence[Body],
    children: Mapping[ChildKey, Child],
    *,
    applied: Mapping[ChildKey, Applied],
    owner_uid: str,
) -> ChildrenPlan:
    """Apply what differs from its last apply or has drifted; prune what is ours and unwanted."""
    wanted = {key_of(body): body for body in desired}
    applies = [
        body for key, body in wanted.items() if _needs_apply(body, children.get(key), applied)
    ]
    prunes = [
        child
        for key, child in children.items()
        if key not in wanted
        and key[0] != "Secret"  # keys are never thrown away by a change of mind
        and child.owner_uid == owner_uid
        and not child.is_leaving
    ]
    return ChildrenPlan(tuple(applies), tuple(prunes))


def content_hash(body: Mapping[str, Any]) -> str:
    """Hash the intent itself; equal intents never need a second apply."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _needs_apply(body: Body, child: Child | None, applied: Mapping[ChildKey, Applied]) -> bool:
    last = applied.get(key_of(body))
    if child is None or last is None:
        return True
    if child.is_leaving:
        return False  # it must be gone before it can be made again; its goodbye wakes us
    return last.desired_hash != content_hash(body) or last.fingerprint != child.fingerprint
