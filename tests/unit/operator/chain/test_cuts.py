"""Terms once they are in force: announced, in steps, after the reward, before the lock."""

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.operator.chain.cases import (
    REGISTRATION,
    ROUND,
    kind_of,
    named,
    rewarded,
    seen,
    sent,
)

from podium_operator.api.conditions import Status
from podium_operator.chain import calls
from podium_operator.chain.decide import decide
from podium_operator.chain.model import (
    Aspect,
    CutChange,
    IntentKind,
    IntentState,
)

_RAISED = replace(REGISTRATION, reward_cut_ppm=150_000)
_LOWERED = replace(REGISTRATION, reward_cut_ppm=20_000, fee_share_ppm=90_000)
_FREE = CutChange(max_increase_ppm=1_000_000, announce_rounds=0, requires_approval=False)


@pytest.mark.parametrize(
    ("registration", "changes", "message"),
    [
        pytest.param(_RAISED, {}, "announced in round 100, sent from 103", id="announced"),
        pytest.param(_LOWERED, {"last_reward_round": ROUND - 1}, "reward first", id="reward first"),
        pytest.param(
            _LOWERED, {"gone_ppm": 950_000}, "is locked: earliest in round 101", id="locked"
        ),
        pytest.param(_LOWERED, {"initialized": False}, "has not begun", id="not begun"),
        pytest.param(
            replace(_RAISED, cut_change=replace(_FREE, max_increase_ppm=0)),
            {},
            "maxIncreasePercentPerRound is 0",
            id="no step is allowed",
        ),
    ],
)
def test_terms_wait_for_the_moment_that_the_protocol_and_the_guard_allow(
    registration: Any, changes: dict[str, Any], message: str
) -> None:
    decision = decide(rewarded(**{"registration": registration} | changes))

    assert message in named(decision, IntentKind.SET_TRANSCODER).message


def test_terms_need_a_persons_consent_even_where_the_rest_does_not() -> None:
    decision = decide(rewarded(registration=_LOWERED))

    waiting = named(decision, IntentKind.SET_TRANSCODER)
    assert waiting.state is IntentState.AWAITING_APPROVAL
    assert waiting.id in waiting.message


@pytest.mark.parametrize(
    ("registration", "step"),
    [
        pytest.param(_LOWERED, (20_000, 90_000), id="in delegators' favour: whole"),
        pytest.param(_RAISED, (110_000, 50_000), id="a higher cut: one step"),
        pytest.param(
            replace(REGISTRATION, fee_share_ppm=0), (100_000, 40_000), id="a lower share: one step"
        ),
    ],
)
def test_terms_move_against_delegators_in_steps(registration: Any, step: tuple[int, int]) -> None:
    guard = CutChange(announce_rounds=0, requires_approval=False)

    chosen = decide(rewarded(registration=replace(registration, cut_change=guard))).next

    assert chosen is not None
    assert chosen.data == calls.set_terms(*step)


def test_an_announced_change_is_sent_after_its_rounds_under_the_same_id() -> None:
    guard = CutChange(announce_rounds=3, requires_approval=True)
    announced = rewarded(registration=replace(_RAISED, cut_change=guard))
    shown = decide(announced)
    first = named(shown, IntentKind.SET_TRANSCODER)
    later: dict[str, Any] = {
        "intents": shown.intents,
        "approvals": frozenset({first.id}),
        "number": ROUND + 3,
        "last_reward_round": ROUND + 3,
    }

    decision = decide(seen(announced, **later))
    too_early = decide(seen(announced, **later | {"number": ROUND + 2}))

    assert decision.next is not None
    assert decision.next.id == first.id
    assert too_early.next is None


def test_the_steps_of_one_announced_change_go_one_a_round() -> None:
    guard = CutChange(announce_rounds=1, requires_approval=False)
    terms = replace(_RAISED, cut_change=guard)
    shown = decide(rewarded(registration=terms))
    second: dict[str, Any] = {"number": ROUND + 1, "last_reward_round": ROUND + 1}
    ready = seen(rewarded(registration=terms), intents=shown.intents, **second)
    stepped = seen(sent(ready, decide(ready), state=IntentState.DONE), reward_cut_ppm=110_000)
    third = {"number": ROUND + 2, "last_reward_round": ROUND + 2}

    assert decide(stepped).next is None
    assert "one step a round" in named(decide(stepped), IntentKind.SET_TRANSCODER).message
    assert kind_of(decide(seen(stepped, **third))) is IntentKind.SET_TRANSCODER


def test_steps_of_a_long_announced_change_do_not_wait_again() -> None:
    guard = CutChange(announce_rounds=5, requires_approval=False)
    terms = replace(REGISTRATION, reward_cut_ppm=200_000, cut_change=guard)
    observed = rewarded(registration=terms)
    cuts = [100_000]
    for number in range(ROUND, ROUND + 15):
        observed = seen(observed, number=number, last_reward_round=number, reward_cut_ppm=cuts[-1])
        decision = decide(observed)
        if decision.next is not None:
            cuts.append(cuts[-1] + 10_000)
            observed = sent(observed, decision, state=IntentState.DONE)
        else:
            observed = seen(observed, intents=decision.intents)

    assert cuts == [*range(100_000, 200_001, 10_000)]


def test_a_changed_mind_is_announced_anew() -> None:
    shown = decide(rewarded(registration=_RAISED))
    other = replace(REGISTRATION, reward_cut_ppm=160_000)

    decision = decide(rewarded(registration=other, intents=shown.intents))

    assert decision.intents[0].state is IntentState.SUPERSEDED
    assert f"announced in round {ROUND}" in decision.intents[1].message


def test_drift_of_terms_is_shown() -> None:
    verdict = decide(rewarded(reward_cut_ppm=110_000)).verdicts[Aspect.CUT_IN_SYNC]

    assert (verdict.status, verdict.reason) == (Status.FALSE, "Drift")
