"""From what should exist and what was seen to what must be written: pure, no clock, no API."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from podium_operator.kube.client import Body
from podium_operator.sightings import Child, ChildKey, key_of

__all__ = ["Applied", "ChildrenPlan", "Wanted", "content_hash", "plan_children"]


@dataclass(frozen=True, slots=True)
class Applied:
    """What was last applied for one child, and what the object looked like right after."""

    desired_hash: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """One child that should exist, and the hash of that intent."""

    key: ChildKey
    body: Body
    hash: str

    @classmethod
    def of(cls, body: Body) -> Self:
        return cls(key_of(body), body, content_hash(body))


@dataclass(frozen=True, slots=True)
class ChildrenPlan:
    """Children to apply, in order, and children to delete after that."""

    applies: tuple[Wanted, ...]
    prunes: tuple[Child, ...]

    @property
    def is_empty(self) -> bool:
        return not self.applies and not self.prunes


def plan_children(
    desired: Sequence[Wanted],
    children: Mapping[ChildKey, Child],
    *,
    applied: Mapping[ChildKey, Applied],
    owner_uid: str,
) -> ChildrenPlan:
    """Apply what differs from its last apply or has drifted; prune what is ours and unwanted."""
    wanted = {one.key for one in desired}
    applies = [one for one in desired if _needs_apply(one, children.get(one.key), applied)]
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


def _needs_apply(wanted: Wanted, child: Child | None, applied: Mapping[ChildKey, Applied]) -> bool:
    last = applied.get(wanted.key)
    if child is None or last is None:
        return True
    if child.is_leaving:
        return False  # it must be gone before it can be made again; its goodbye wakes us
    return last.desired_hash != wanted.hash or last.fingerprint != child.fingerprint
