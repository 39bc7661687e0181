"""Status: what `kubectl get` prints and how a decision is shown."""

from podium_operator.api.status import (
    DecisionStatus,
    PastDecisionStatus,
    PoolStatus,
    decision_status,
    summarise,
    with_recent,
)
from podium_operator.scaling import Bound, Decision, Hold, PoolDecision, Preparation, Surge, Terms

POOLS = (PoolStatus(name="gpu", desired=3, ready=2), PoolStatus(name="cpu", desired=1, ready=1))


def test_columns_sum_over_pools() -> None:
    summary = summarise(POOLS, nodes=(1, 2), sessions=(7, 20), backlog_seconds=0.44)

    assert (summary.pods, summary.nodes, summary.sessions, summary.backlog) == (
        "3/4",
        "1/2",
        "7/20",
        "0.4s",
    )


def test_unknown_backlog_is_a_dash_and_not_zero() -> None:
    assert summarise(POOLS, nodes=(0, 0), sessions=(0, 0), backlog_seconds=None).backlog == "-"


def test_decision_is_shown_rounded_under_the_resources_names() -> None:
    decision = Decision(
        decision_id=7,
        hold=Hold.NONE,
        terms=Terms(
            streams=3,
            refused=1,
            load_erlangs=1.23456,
            staffed_slots=2,
            backlog_slot_seconds=0.449,
            oldest_wait_seconds=0.05,
            sample_age_seconds=0.3,
            kappa=1.0,
            pace=1.0,
            lateness=1.0,
            service_seconds=0.5,
            slack_seconds=1.2,
            growth_erlangs_per_second=0.0,
        ),
        pools=(PoolDecision("cpu", 1, 1, 0, 2, 2, Bound.LOAD),),
        surge=Surge(Preparation.NONE, ""),
        text="why",
    )

    shown = decision_status(decision, at="2026-01-02T03:04:05Z").model_dump(by_alias=True)

    assert shown["id"] == 7
    assert shown["terms"]["loadErlangs"] == 1.2
    assert shown["terms"]["backlogSlotSeconds"] == 0.4
    assert shown["at"] == "2026-01-02T03:04:05Z"
    assert shown["terms"]["kappa"] == 1.0
    assert shown["pools"] == [
        {
            "name": "cpu",
            "need": 2,
            "desired": 2,
            "bound": "Load",
            "lookahead": "",
            "lookaheadErlangs": 0.0,
            "untilSeconds": 0,
        }
    ]


def test_the_last_twenty_decisions_stay_in_sight() -> None:
    ring: list[PastDecisionStatus] = []
    for number in [*range(25), 24, 24]:
        known = [one.model_dump(by_alias=True) for one in ring]
        ring = with_recent(known, DecisionStatus(id=number, text="why " * 999))

    assert [one.id for one in ring] == [*range(5, 25)]
    assert len(ring[0].text) == 512
    assert with_recent([], None) == []
