"""How orchestrators lost rounds and money before, each as one observation and what comes of it."""

from dataclasses import replace

import pytest
from tests.unit.operator.chain.cases import (
    CALLER,
    ETHER,
    GWEI,
    LPT,
    NOW,
    OBSERVED,
    OWN,
    ROUND,
    STATE,
    after,
    at_time,
    decided,
    kind_of,
    named,
    reasons,
    rewarded,
    seen,
    sent,
)

from podium_operator.chain import calls
from podium_operator.chain.decide import decide
from podium_operator.chain.gas import GAS
from podium_operator.chain.model import (
    Aspect,
    ChainObserved,
    Health,
    IntentKind,
    IntentState,
    KeyState,
    Standing,
)

_SENT = sent(OBSERVED, decide(OBSERVED))
_FAILED = sent(OBSERVED, decide(OBSERVED), state=IntentState.FAILED, message="nonce too low")


@pytest.mark.parametrize(
    ("observed", "kind"),
    [
        pytest.param(seen(gone_ppm=999_000), IntentKind.REWARD, id="restarted after the event"),
        pytest.param(
            seen(intents=()), IntentKind.REWARD, id="started in a round that is half over"
        ),
        pytest.param(
            at_time(_FAILED, NOW + 300), IntentKind.REWARD, id="nonce too low: a new attempt"
        ),
        pytest.param(seen(base_fee_wei=2 * GWEI), None, id="gas spike: held"),
        pytest.param(
            after(seen(base_fee_wei=2 * GWEI), decided(base_fee_wei=2 * GWEI), base_fee_wei=GWEI),
            IntentKind.REWARD,
            id="gas spike over: sent after all",
        ),
        pytest.param(
            seen(base_fee_wei=9 * GWEI, gone_ppm=950_000),
            IntentKind.REWARD,
            id="gas above the cap until late: sent late",
        ),
        pytest.param(
            seen(initialized=False), IntentKind.INITIALIZE_ROUND, id="reward before the round began"
        ),
        pytest.param(
            seen(initialized=False, intents=_SENT.intents),
            IntentKind.REWARD,
            id="a boundary fell between decision and inclusion: the same bytes wait",
        ),
        pytest.param(
            seen(health=Health(1, 3, 59.0)), IntentKind.REWARD, id="the first endpoint is dead"
        ),
        pytest.param(seen(health=Health(0, 3, 61.0)), None, id="all endpoints are dead: held"),
        pytest.param(
            seen(health=Health(3, 3, 0.5), gone_ppm=990_000),
            IntentKind.REWARD,
            id="endpoints back at the end of the round",
        ),
        pytest.param(
            rewarded(service_uri="", gone_ppm=950_000),
            IntentKind.SET_SERVICE_URI,
            id="registered by half: the service URI comes still",
        ),
        pytest.param(
            seen(at=0.0), IntentKind.REWARD, id="our clock stands in 1970: the chain's counts"
        ),
        pytest.param(
            seen(last_reward_round=ROUND - 5), IntentKind.REWARD, id="rounds were lost: go on"
        ),
        pytest.param(
            seen(number=ROUND + 1, intents=_SENT.intents, last_reward_round=ROUND - 1),
            IntentKind.REWARD,
            id="last round's bytes are stuck: this round's reward is begun",
        ),
        pytest.param(seen(paused=True), None, id="the protocol is paused: held"),
        pytest.param(
            seen(active=False, deactivation_round=ROUND), None, id="evicted last round: no reward"
        ),
        pytest.param(
            seen(keys={}), None, id="an endpoint does not know our balance: nothing is promised"
        ),
    ],
)
def test_what_lost_rounds_elsewhere_ends_well_here(
    observed: ChainObserved, kind: IntentKind | None
) -> None:
    assert kind_of(decide(observed)) is kind


def test_a_lost_answer_never_makes_a_second_transaction() -> None:
    observed = _SENT
    for _ in range(50):
        decision = decide(observed)
        observed = after(observed, decision)

    assert [one.id for one in observed.intents] == [_SENT.intents[0].id]
    assert decide(observed).next == _SENT.intents[0]


def test_a_new_leader_goes_on_with_the_old_ones_bytes() -> None:
    signed = replace(_SENT.intents[0], state=IntentState.SIGNED)

    decision = decided(intents=(signed,))

    assert decision.next == signed


def test_two_racing_callers_cost_nothing_once_one_has_won() -> None:
    decision = decide(seen(_SENT, last_reward_round=ROUND))

    assert named(decision, IntentKind.REWARD).state is IntentState.SUPERSEDED
    assert decision.next is None
    assert decision.reward.standing is Standing.OK


def test_a_cap_set_too_high_does_not_make_an_account_look_poor() -> None:
    poor = {OWN: KeyState(OWN, GAS[IntentKind.REWARD] * STATE.base_fee_wei, 7)}

    chosen = decided(keys=poor).next

    assert chosen is not None
    assert chosen.max_fee_wei == STATE.base_fee_wei


def test_no_pool_hint_stands_between_us_and_the_reward() -> None:
    chosen = decide(OBSERVED).next

    assert chosen is not None
    assert chosen.data == calls.reward()
    assert chosen.gas_limit >= 1_107_000 * 13 // 10


def test_the_service_uri_is_never_set_from_the_callers_key() -> None:
    decision = decide(
        rewarded(service_uri="", signers=frozenset({CALLER}), reward_caller=CALLER, caller=CALLER)
    )

    waiting = named(decision, IntentKind.SET_SERVICE_URI)
    assert (waiting.sender, waiting.state) == (OWN, IntentState.AWAITING_SIGNATURE)


def test_an_authorisation_taken_away_is_seen_in_the_same_tick() -> None:
    both = frozenset({OWN, CALLER})
    before = decided(reward_caller=CALLER, caller=CALLER, signers=both).next

    decision = decided(reward_caller=None, caller=CALLER, signers=both)

    assert before is not None
    assert before.sender == CALLER
    assert decision.next is not None
    assert decision.next.sender == OWN
    assert named(decision, IntentKind.SET_REWARD_CALLER).state is IntentState.PLANNED


def test_near_eviction_is_told_before_it_happens() -> None:
    place = STATE.transcoder.place
    assert place is not None

    near = decided(place=replace(place, last_stake=4950 * LPT))

    assert "EvictionNear" in reasons(near)
    assert "EvictionNear" not in reasons(decide(OBSERVED))


def test_one_pushed_out_is_told_with_what_it_lacks() -> None:
    decision = decided(active=False, deactivation_round=ROUND, total_stake=999 * LPT)

    assert "NotActive" in reasons(decision)
    assert decision.next is None
    assert f"{LPT + 1} base units" in decision.verdicts[Aspect.ACTIVE].message


def test_one_outside_a_pool_that_was_not_read_is_told_all_the_same() -> None:
    decision = decided(active=False, deactivation_round=ROUND, place=None)

    assert decision.verdicts[Aspect.ACTIVE].message == "others have more stake"


def test_what_only_waits_holds_no_key() -> None:
    rich = {OWN: KeyState(OWN, ETHER, 7)}

    waiting = decided(keys=rich, service_uri="x", base_fee_wei=2 * GWEI)

    assert {one.state for one in waiting.intents} == {IntentState.PLANNED}
    assert all(one.nonce is None and not one.hashes for one in waiting.intents)
