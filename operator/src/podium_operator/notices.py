"""Whether a machine is announced to be taken: its Node's taints and conditions held against marks.

Pure: no API, no clock. What follows from a notice is decided in `departures`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["CONDITIONS", "TAINTS", "Marks", "Notice", "is_open", "mark_fault", "notice_of"]

# By the AWS node termination handler, GKE, any cloud's controller of nodes, Karpenter, and the
# cluster autoscaler. Not among them: what is a recommendation or is taken back as often as not
# (…/rebalance-recommendation, DeletionCandidateOfClusterAutoscaler).
TAINTS: Final = (
    "aws-node-termination-handler/spot-itn",
    "aws-node-termination-handler/scheduled-maintenance",
    "aws-node-termination-handler/asg-lifecycle-termination",
    "cloud.google.com/impending-node-termination",
    "node.cloudprovider.kubernetes.io/shutdown",
    "karpenter.sh/disrupted",
    "ToBeDeletedByClusterAutoscaler",
)
# By AKS' node problem detector: the scheduled events for which AKS drains a machine.
CONDITIONS: Final = ("PreemptScheduled", "TerminateScheduled", "RedeployScheduled")

_MARK = re.compile(
    r"([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
)
# True on machines that are well, or that trouble passes by.
_EVERYDAY = {"Ready", "MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"}
_RESERVED = "node-role.kubernetes.io/"
_FORBIDDING = {"NoSchedule", "NoExecute"}


@dataclass(frozen=True, slots=True)
class Marks:
    """What announces a machine's end: keys of taints, and types of conditions that are True."""

    taints: frozenset[str] = frozenset(TAINTS)
    conditions: frozenset[str] = frozenset(CONDITIONS)


@dataclass(frozen=True, slots=True)
class Notice:
    """A machine is to be taken. mark: what says so, as `taint KEY` or `condition TYPE`."""

    machine: str
    mark: str


def notice_of(node: Mapping[str, Any], marks: Marks) -> Notice | None:
    """Return the first mark of a Node as a notice: taints before conditions."""
    name = node["metadata"]["name"]
    for taint in (node.get("spec") or {}).get("taints") or ():
        if taint.get("key") in marks.taints:
            return Notice(name, f"taint {taint['key']}")
    for condition in (node.get("status") or {}).get("conditions") or ():
        if condition.get("type") in marks.conditions and condition.get("status") == "True":
            return Notice(name, f"condition {condition['type']}")
    return None


def is_open(node: Mapping[str, Any]) -> bool:
    """Whether a Node takes pods, as far as that is no matter of the pod: up, and not cordoned."""
    spec, status = node.get("spec") or {}, node.get("status") or {}
    is_reserved = any(
        str(taint.get("key")).startswith(_RESERVED) and taint.get("effect") in _FORBIDDING
        for taint in spec.get("taints") or ()
    )
    is_up = any(
        one.get("type") == "Ready" and one.get("status") == "True"
        for one in status.get("conditions") or ()
    )
    return is_up and not is_reserved and not spec.get("unschedulable")


def mark_fault(mark: str) -> str:
    """Return why this cannot be a mark, and what to write instead; "" for one that can."""
    if _MARK.fullmatch(mark) is None:
        return (
            f"{mark!r} is no key of a taint or type of a condition: write the name alone, such as "
            f"{TAINTS[0]} or {CONDITIONS[0]}, without a value or an effect"
        )
    if mark in _EVERYDAY:
        return f"{mark} is no notice: every machine has it, and no pod could stay anywhere"
    return ""
