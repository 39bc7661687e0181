"""The Orchestrator's status: what the operator writes, and `kubectl get` prints.

Written only by the operator's status writer, by server-side apply, and only when it changed. Holds
no secret, no log and no time that moves on its own.
"""

__all__ = [
    "ConditionStatus",
    "DecisionStatus",
    "FailedDeviceStatus",
    "OrchestratorStatus",
    "PoolDecisionStatus",
    "PoolStatus",
    "Summary",
    "TermsStatus",
    "decision_status",
    "summarise",
]

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from podium_operator.api.fields import DnsLabel, Model
from podium_operator.scaling import Decision

Count = Annotated[int, Field(ge=0)]
_Word = Annotated[str, Field(max_length=256)]
_Text = Annotated[str, Field(max_length=4096)]
_TENTH = 1


class ConditionStatus(Model):
    """A condition after KEP-1623."""

    type: _Word = Field(description="Ready, Progressing, Degraded, Paused or DevicesHealthy.")
    status: Literal["True", "False", "Unknown"] = Field(description="The verdict.")
    reason: Annotated[str, Field(min_length=1, max_length=128)] = Field(
        description="One word for programs."
    )
    message: _Text = Field(default="", description="A sentence for people.")
    observed_generation: Count = Field(default=0, description="Of the spec that was judged.")
    last_transition_time: Annotated[str, Field(json_schema_extra={"format": "date-time"})] = Field(
        description="When status last turned."
    )


class FailedDeviceStatus(Model):
    """A device that takes no more segments."""

    pod: _Word = Field(description="The pod it is in.")
    device: _Word = Field(description="cpu, or gpu and its number.")
    reason: _Text = Field(default="", description="Why, in its pod's words.")


class PoolStatus(Model):
    """One pool, live."""

    name: DnsLabel = Field(description="The pool's name.")
    desired: Count = Field(default=0, description="Pods wanted.")
    ready: Count = Field(default=0, description="Pods that serve.")
    pending: Count = Field(default=0, description="Pods that are still starting.")
    busy: Count = Field(default=0, description="Slots at work.")
    slots: Count = Field(default=0, description="Slots of the pods that serve.")
    failed_devices: Annotated[list[FailedDeviceStatus], Field(max_length=32)] = Field(
        default=[], description="Devices out of service, the first 32."
    )


class TermsStatus(Model):
    """What a scaling decision was made from."""

    streams: Count = Field(default=0, description="Open streams.")
    refused: Count = Field(default=0, description="Sessions refused in the last 10 s.")
    load_erlangs: float = Field(default=0, description="Slots that are busy all the time.")
    staffed_slots: Count = Field(default=0, description="Slots wanted for that load.")
    backlog_slot_seconds: float = Field(default=0, description="Slot time that waits.")
    oldest_wait_seconds: float = Field(default=0, description="Age of the oldest that waits.")


class PoolDecisionStatus(Model):
    """One pool's share of a decision."""

    name: DnsLabel = Field(description="The pool's name.")
    need: Count = Field(default=0, description="Pods that load alone wants.")
    desired: Count = Field(default=0, description="Pods asked for.")
    bound: _Word = Field(default="", description="What the number is bound by.")


class DecisionStatus(Model):
    """The last scaling decision that changed something."""

    id: Count = Field(description="Grows by one with every change.")
    text: _Text = Field(default="", description="Why, in one sentence.")
    stale: bool = Field(default=False, description="The load was too old to act on.")
    terms: TermsStatus = Field(default=TermsStatus(), description="What it was made from.")
    pools: Annotated[list[PoolDecisionStatus], Field(max_length=16)] = Field(
        default=[], description="Per pool."
    )


class Summary(Model):
    """What the printer columns show."""

    pods: _Word = Field(default="0/0", description="Transcoder pods ready/desired, all pools.")
    nodes: _Word = Field(default="0/0", description="Node replicas ready/desired.")
    sessions: _Word = Field(default="0/0", description="Sessions now/that could be served.")
    backlog: _Word = Field(default="-", description="Source time that waits.")


class OrchestratorStatus(Model):
    """What is, as against what is asked for."""

    observed_generation: Count = Field(default=0, description="Of the spec last carried out.")
    conditions: Annotated[
        list[ConditionStatus],
        Field(
            max_length=16,
            json_schema_extra={
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["type"],
            },
        ),
    ] = Field(default=[], description="Ready, Progressing, Degraded, Paused, DevicesHealthy.")
    image: Annotated[str, Field(max_length=512)] | None = Field(
        default=None,
        description="The worker image in use; kept until the spec changes, whatever the operator's "
        "own default becomes.",
    )
    summary: Summary | None = Field(default=None, description="For `kubectl get`.")
    pools: Annotated[
        list[PoolStatus],
        Field(
            max_length=16,
            json_schema_extra={
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["name"],
            },
        ),
    ] = Field(default=[], description="Per pool.")
    sessions: Count = Field(default=0, description="Sessions now, over all nodes.")
    max_sessions: Count = Field(default=0, description="Sessions that could be served.")
    backlog_seconds: float = Field(default=0, description="Source time of segments that wait.")
    decision: DecisionStatus | None = Field(default=None, description="The last one.")


def summarise(
    pools: Iterable[PoolStatus],
    *,
    nodes: tuple[int, int],
    sessions: tuple[int, int],
    backlog_seconds: float | None,
) -> Summary:
    """The printer columns' strings; backlog_seconds is None while no load is known."""
    listed = list(pools)
    return Summary(
        pods=f"{sum(p.ready for p in listed)}/{sum(p.desired for p in listed)}",
        nodes="{}/{}".format(*nodes),
        sessions="{}/{}".format(*sessions),
        backlog="-" if backlog_seconds is None else f"{backlog_seconds:.1f}s",
    )


def decision_status(decision: Decision) -> DecisionStatus:
    """A decision as status shows it, its numbers rounded."""
    terms = decision.terms
    return DecisionStatus(
        id=decision.decision_id,
        text=decision.text,
        stale=decision.stale,
        terms=TermsStatus(
            streams=round(terms.streams),
            refused=terms.refused,
            load_erlangs=round(terms.load_erlangs, _TENTH),
            staffed_slots=terms.staffed_slots,
            backlog_slot_seconds=round(terms.backlog_slot_seconds, _TENTH),
            oldest_wait_seconds=round(terms.oldest_wait_seconds, _TENTH),
        ),
        pools=[
            PoolDecisionStatus(
                name=pool.name, need=pool.need, desired=pool.desired, bound=pool.bound.value
            )
            for pool in decision.pools
        ],
    )
