"""A reward that fails, waits or costs much: tried again, at a higher price, and not without end."""

import pytest
from tests.unit.operator.chain.cases import (
    CALLER,
    GWEI,
    NOW,
    OBSERVED,
    OWN,
    STATE,
    at_time,
    decided,
    kind_of,
    named,
    reasons,
    seen,
    sent,
)

from podium_operator.chain.decide import decide
from podium_operator.chain.model import (
    Aspect,
    ChainObserved,
    IntentKind,
    IntentState,
)

_BOTH = frozenset({OWN, CALLER})


def _failed(observed: ChainObserved, *, times: int = 1, paid: bool = False) -> ChainObserved:
    """The reward tried and failed, each time when its turn had come."""
    for _ in range(times):
        decision = decide(observed)
        hashes = ("0x01",) if paid else ()
        moved = sent(observed, decision, state=IntentState.FAILED, hashes=hashes)
        assert moved.state is not None
        observed = at_time(moved, moved.state.at + 400)
    return observed


def test_two_failures_of_the_caller_bring_the_identitys_own_key() -> None:
    observed = seen(reward_caller=CALLER, caller=CALLER, signers=_BOTH)

    chosen = decide(_failed(observed, times=2)).next

    assert chosen is not None
    assert chosen.sender == OWN


def test_a_stuck_callers_key_gives_way_when_the_round_runs_out() -> None:
    observed = seen(reward_caller=CALLER, caller=CALLER, signers=_BOTH)
    stuck = sent(observed, decide(observed))

    late = at_time(seen(stuck, gone_ppm=800_000), NOW + 4000)

    chosen = decide(late).next
    assert chosen is not None
    assert chosen.sender == OWN
    assert chosen.nonce is None


def test_a_failed_try_is_repeated_after_the_pause_and_not_before() -> None:
    observed = seen()
    failed = sent(observed, decide(observed), state=IntentState.FAILED, hashes=("0x01",))

    soon, later = decide(at_time(failed, NOW + 299)), decide(at_time(failed, NOW + 300))

    assert soon.next is None
    assert "tries again in 1 s" in soon.verdicts[Aspect.REWARD_CALLED].message
    assert later.next is not None
    assert later.next.id == f"{decide(observed).next.id}.2"  # type: ignore[union-attr]  # checked


def test_failures_that_cost_nothing_never_stop_the_next_try() -> None:
    assert kind_of(decide(_failed(seen(), times=30))) is IntentKind.REWARD


def test_paid_failures_stop_after_five_and_call_a_person() -> None:
    decision = decide(seen(_failed(seen(), times=5, paid=True), gone_ppm=800_000))

    assert decision.next is None
    assert "somebody must look" in decision.verdicts[Aspect.REWARD_CALLED].message
    assert "RewardDeadlineNear" in reasons(decision)


@pytest.mark.parametrize(
    ("gone_ppm", "base_gwei", "kind"),
    [
        pytest.param(100_000, 2, None, id="above the cap early: wait"),
        pytest.param(499_999, 2, None, id="above the cap before half: wait"),
        pytest.param(500_000, 2, IntentKind.REWARD, id="twice the cap from half on"),
        pytest.param(600_000, 4, None, id="four times the cap at 60 %: wait"),
        pytest.param(750_000, 4, IntentKind.REWARD, id="five times the cap from three quarters on"),
        pytest.param(900_000, 9, IntentKind.REWARD, id="ten times the cap in the last tenth"),
        pytest.param(990_000, 11, None, id="never above the hard cap"),
    ],
)
def test_the_gas_cap_rises_as_the_round_runs_out(
    gone_ppm: int, base_gwei: int, kind: IntentKind | None
) -> None:
    decision = decided(gone_ppm=gone_ppm, base_fee_wei=base_gwei * GWEI)

    assert kind_of(decision) is kind


def test_a_hard_cap_of_the_spec_bounds_the_escalation() -> None:
    decision = decided(gone_ppm=950_000, base_fee_wei=4 * GWEI, hard_cap_wei=3 * GWEI)

    assert decision.next is None
    assert "gas costs" in decision.verdicts[Aspect.REWARD_CALLED].message


def test_a_nearly_empty_key_still_pays_for_one_reward() -> None:
    chosen = decided(balance_wei=800_000 * STATE.base_fee_wei).next

    assert chosen is not None
    assert chosen.gas_limit * chosen.max_fee_wei <= 800_000 * STATE.base_fee_wei
    assert chosen.gas_limit >= 700_000


def test_an_empty_key_is_said_and_nothing_is_sent() -> None:
    decision = decided(balance_wei=0)

    assert decision.next is None
    assert "EtherBelowFloor" in reasons(decision)


def test_gas_above_the_cap_is_told() -> None:
    assert "GasAboveCap" in reasons(decided(base_fee_wei=2 * GWEI))


def test_a_late_reward_is_tried_more_often() -> None:
    late = seen(gone_ppm=800_000)
    failed = sent(late, decide(late), state=IntentState.FAILED, hashes=("0x01",))

    assert decide(at_time(failed, NOW + 74)).next is None
    assert kind_of(decide(at_time(failed, NOW + 75))) is IntentKind.REWARD


def test_a_reward_on_its_way_is_not_begun_again() -> None:
    under_way = sent(OBSERVED, decide(OBSERVED))

    again = decide(under_way)

    assert again.next is not None
    assert again.next == named(again, IntentKind.REWARD)
    assert len(again.intents) == 1
