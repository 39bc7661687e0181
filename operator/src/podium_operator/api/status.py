"""The Orchestrator's status: what the operator writes, and `kubectl get` prints.

Written only by the operator's status writer, by server-side apply, and only when it changed. Holds
no secret, no log and no time that moves on its own.
"""

__all__ = [
    "ConditionStatus",
    "DecisionStatus",
    "FailedDeviceStatus",
    "OrchestratorStatus",
    "PastDecisionStatus",
    "PoolDecisionStatus",
    "PoolStatus",
    "Summary",
    "SurgeStatus",
    "TermsStatus",
    "decision_status",
    "summarise",
    "with_recent",
]

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from podium_operator.api.chain_status import ChainStatus
from podium_operator.api.fields import DnsLabel, Model
from podium_operator.scaling import Decision

Count = Annotated[int, Field(ge=0)]
_Word = Annotated[str, Field(max_length=256)]
_Text = Annotated[str, Field(max_length=4096)]
_TENTH = 1
_MOST_PAST = 20
_LONGEST_PAST = 512


class ConditionStatus(Model):
    """A condition after KEP-1623."""

    type: _Word = Field(description="Ready, Progressing, and so on.")
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
    stuck: Count = Field(default=0, description="Pods that are there and do not come.")
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
    kappa: float = Field(
        default=1, description="Busy slots over those that measured segments explain."
    )
    pace: float = Field(default=1, description="Segments over those that streams explain.")
    lateness: float = Field(default=1, description="Slots are taken so often for late segments.")
    service_seconds: float = Field(default=0, description="Slot time of a segment.")
    slack_seconds: float = Field(default=0, description="How long one may wait for a slot.")
    staffed_slots: Count = Field(default=0, description="Slots wanted for that load.")
    growth_erlangs_per_second: float = Field(
        default=0, description="How fast the load grows, where that is no chance."
    )
    backlog_slot_seconds: float = Field(default=0, description="Slot time that waits.")
    oldest_wait_seconds: float = Field(default=0, description="Age of the oldest that waits.")
    sample_age_seconds: float | None = Field(
        default=None, description="Age of the oldest report counted."
    )
    cost_per_hour: float = Field(default=0, description="Of the pods asked for, in USD.")
    unserved_segments_per_second: float = Field(
        default=0, description="What the pods asked for will never serve in time."
    )


class PoolDecisionStatus(Model):
    """One pool's share of a decision."""

    name: DnsLabel = Field(description="The pool's name.")
    need: Count = Field(default=0, description="Pods that load alone wants.")
    desired: Count = Field(default=0, description="Pods asked for.")
    bound: _Word = Field(default="", description="What the number is bound by.")
    lookahead: _Word = Field(default="", description="The rule by which a rise is expected.")
    lookahead_erlangs: float = Field(default=0, description="That rise.")
    until_seconds: float = Field(default=0, description="How long an overflow pool bridges.")


class SurgeStatus(Model):
    """How a sudden rise is prepared for."""

    choice: _Word = Field(default="", description="Bridge or WarmSpares.")
    why: _Text = Field(default="", description="In a few words.")
    erlangs: float = Field(default=0, description="The rise, in slots busy all the time.")
    spares_per_hour: float | None = Field(default=None, description="Cost of warm spares, USD.")
    bridge_per_hour: float | None = Field(default=None, description="Cost of idle places, USD.")


class PastDecisionStatus(Model):
    """An earlier scaling decision."""

    id: Count = Field(description="Its number.")
    at: _Word = Field(default="", description="When it was made.")
    text: Annotated[str, Field(max_length=512)] = Field(default="", description="Why.")


class DecisionStatus(Model):
    """The last scaling decision that changed something."""

    id: Count = Field(description="Grows by one with every change.")
    text: _Text = Field(default="", description="Why, in one sentence.")
    at: _Word = Field(default="", description="When it was made.")
    stale: bool = Field(default=False, description="The load was too old to act on.")
    hold: _Word = Field(default="", description="Why pools are not scaled freely; empty: they are.")
    silent: Annotated[list[_Word], Field(max_length=32)] = Field(
        default=[], description="Nodes whose reports are too old."
    )
    terms: TermsStatus = Field(default=TermsStatus(), description="What it was made from.")
    pools: Annotated[list[PoolDecisionStatus], Field(max_length=16)] = Field(
        default=[], description="Per pool."
    )
    surge: SurgeStatus = Field(default=SurgeStatus(), description="What a sudden rise would meet.")


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
    ] = Field(
        default=[],
        description="Ready, Progressing, Degraded, Paused, DevicesHealthy; on chain also "
        "Registered, Active, RewardCalled, Funded, RpcHealthy, CutInSync, IntentPending.",
    )
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
    recent_decisions: Annotated[
        list[PastDecisionStatus],
        Field(max_length=20, json_schema_extra={"x-kubernetes-list-type": "atomic"}),
    ] = Field(default=[], description="The last 20, newest last.")
    chain: ChainStatus | None = Field(default=None, description="With a spec.chain.")


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


def with_recent(
    known: Iterable[Mapping[str, Any]], decision: DecisionStatus | None
) -> list[PastDecisionStatus]:
    """The ring of decisions with this one, where it is not its newest already."""
    ring = [PastDecisionStatus.model_validate(one) for one in known]
    if decision is not None and (not ring or ring[-1].id != decision.id):
        text = decision.text[:_LONGEST_PAST]
        ring.append(PastDecisionStatus(id=decision.id, at=decision.at, text=text))
    return ring[-_MOST_PAST:]


def decision_status(decision: Decision, *, at: str) -> DecisionStatus:
    """A decision as status shows it, its numbers rounded; `at` is the moment it was made."""
    terms, surge = decision.terms, decision.surge
    age = terms.sample_age_seconds
    return DecisionStatus(
        id=decision.decision_id,
        text=decision.text,
        at=at,
        stale=decision.stale,
        hold=decision.hold.value,
        silent=[name[:256] for name in terms.silent[:32]],
        terms=TermsStatus(
            streams=round(terms.streams),
            refused=terms.refused,
            load_erlangs=round(terms.load_erlangs, _TENTH),
            kappa=round(terms.kappa, 2),
            pace=round(terms.pace, 2),
            lateness=round(terms.lateness, 2),
            service_seconds=round(terms.service_seconds, 3),
            slack_seconds=round(terms.slack_seconds, 2),
            staffed_slots=terms.staffed_slots,
            growth_erlangs_per_second=round(terms.growth_erlangs_per_second, 3),
            sample_age_seconds=None if age is None else round(age, _TENTH),
            cost_per_hour=round(terms.cost_per_hour, 4),
            unserved_segments_per_second=round(terms.unserved_segments_per_second, _TENTH),
            backlog_slot_seconds=round(terms.backlog_slot_seconds, _TENTH),
            oldest_wait_seconds=round(terms.oldest_wait_seconds, _TENTH),
        ),
        pools=[
            PoolDecisionStatus(
                name=pool.name,
                need=pool.need,
                desired=pool.desired,
                bound=pool.bound.value,
                lookahead=pool.lookahead.value,
                lookahead_erlangs=round(pool.lookahead_erlangs, _TENTH),
                until_seconds=round(pool.until_seconds),
            )
            for pool in decision.pools
        ],
        surge=SurgeStatus(
            choice=surge.choice.value,
            why=surge.why,
            erlangs=round(surge.erlangs, _TENTH),
            spares_per_hour=surge.spares_per_hour,
            bridge_per_hour=surge.bridge_per_hour,
        ),
    )
