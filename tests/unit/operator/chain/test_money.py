"""Gas, budget, floor and sweep: what is paid, what is kept, and where value may go."""

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.operator.chain.cases import (
    COLD,
    ETHER,
    GWEI,
    LPT,
    OWN,
    REGISTRATION,
    ROUND,
    STATE,
    SWEEP,
    kind_of,
    named,
    reasons,
    rewarded,
    sent,
)

from podium_operator.api.conditions import Status
from podium_operator.chain import calls
from podium_operator.chain.decide import decide
from podium_operator.chain.gas import ceiling_wei
from podium_operator.chain.model import (
    Aspect,
    GasTerms,
    IntentKind,
    IntentState,
    Sweep,
    UnbondingLock,
)

_DRIFT: dict[str, Any] = {"service_uri": "https://old.example:8935"}
_GAS = 250_000


@pytest.mark.parametrize(
    ("cap", "hard", "gone", "urgent", "ceiling"),
    [
        pytest.param(None, None, 990_000, True, None, id="no bound at all"),
        pytest.param(None, 7, 0, True, 7, id="a hard cap alone"),
        pytest.param(10, None, 990_000, False, 10, id="what is not urgent never escalates"),
        pytest.param(10, None, 499_999, True, 10, id="before half"),
        pytest.param(10, None, 500_000, True, 20, id="from half"),
        pytest.param(10, None, 750_000, True, 50, id="from three quarters"),
        pytest.param(10, None, 900_000, True, 100, id="the last tenth"),
        pytest.param(10, 30, 900_000, True, 30, id="the spec's hard cap"),
        pytest.param(10, 5, 0, False, 5, id="a hard cap below the cap"),
    ],
)
def test_the_ceiling_of_the_gas_price(
    cap: int | None, hard: int | None, gone: int, ceiling: int | None, *, urgent: bool
) -> None:
    terms = GasTerms(cap_wei=cap, hard_cap_wei=hard)

    assert ceiling_wei(terms, gone, is_urgent=urgent) == ceiling


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"base_fee_wei": 2 * GWEI}, "more than the", id="gas above the cap"),
        pytest.param({"balance_wei": ETHER // 100}, "less than the floor", id="below the floor"),
        pytest.param({"spent_today_wei": ETHER}, "are spent or reserved", id="the budget is spent"),
        pytest.param({"balance_wei": 1, "floor_wei": 0}, "cannot pay", id="the account cannot pay"),
    ],
)
def test_what_is_not_a_reward_waits_for_money(changes: dict[str, Any], message: str) -> None:
    decision = decide(rewarded(**_DRIFT | changes))

    assert decision.next is None
    assert message in named(decision, IntentKind.SET_SERVICE_URI).message


def test_a_price_leaves_headroom_over_the_base_fee() -> None:
    chosen = decide(rewarded(**_DRIFT)).next

    assert chosen is not None
    assert chosen.max_fee_wei == 3 * STATE.base_fee_wei


def test_a_price_shrinks_to_what_the_budget_leaves() -> None:
    fee = STATE.base_fee_wei
    spent = ETHER // 20 - _GAS * fee * 2

    chosen = decide(rewarded(**_DRIFT, spent_today_wei=spent)).next

    assert chosen is not None
    assert chosen.max_fee_wei == 2 * fee


def test_a_base_fee_of_nothing_still_makes_a_valid_price() -> None:
    chosen = decide(rewarded(**_DRIFT, base_fee_wei=0)).next

    assert chosen is not None
    assert chosen.max_fee_wei > 0


@pytest.mark.parametrize(
    ("changes", "kind", "data"),
    [
        pytest.param({"pending_fees": ETHER}, None, "", id="fees at the bound stay"),
        pytest.param(
            {"pending_fees": 2 * ETHER},
            IntentKind.WITHDRAW_FEES,
            calls.withdraw_fees(COLD, 2 * ETHER),
            id="fees above it leave whole",
        ),
        pytest.param(
            {"lpt_balance": 101 * LPT},
            IntentKind.TRANSFER_LPT,
            calls.transfer_lpt(COLD, 101 * LPT),
            id="LPT above its bound leaves",
        ),
        pytest.param(
            {"unbonding_locks": (UnbondingLock(3, LPT, ROUND),)},
            IntentKind.WITHDRAW_STAKE,
            calls.withdraw_stake(3),
            id="matured stake comes home",
        ),
        pytest.param(
            {"unbonding_locks": (UnbondingLock(3, LPT, ROUND + 1),)}, None, "", id="not yet ripe"
        ),
        pytest.param({"unbonding_locks": (UnbondingLock(3, 0, 0),)}, None, "", id="a used lock"),
        pytest.param({"balance_wei": 3 * ETHER}, IntentKind.TRANSFER_ETH, "0x", id="ether leaves"),
        pytest.param({"pending_fees": 2 * ETHER, "initialized": False}, None, "", id="not begun"),
    ],
)
def test_the_sweep_takes_what_lies_above_its_bounds(
    changes: dict[str, Any], kind: IntentKind | None, data: str
) -> None:
    chosen = decide(rewarded(sweep=SWEEP, **changes)).next

    assert (chosen.kind if chosen is not None else None) is kind
    assert chosen is None or chosen.data == data


def test_swept_ether_leaves_the_floor_and_its_own_gas() -> None:
    chosen = decide(rewarded(sweep=SWEEP, balance_wei=3 * ETHER)).next

    assert chosen is not None
    assert chosen.to == COLD
    left = 3 * ETHER - chosen.value_wei - chosen.gas_limit * chosen.max_fee_wei
    assert left >= SWEEP.keep_wei


def test_ether_that_the_floor_needs_is_not_swept() -> None:
    high = {"floor_wei": 4 * ETHER, "registration": None}

    assert decide(rewarded(sweep=SWEEP, balance_wei=3 * ETHER, **high)).next is None


def test_what_failed_rests_even_where_rewards_are_not_ours() -> None:
    drifted = rewarded(**_DRIFT, rewards=None)
    failed = sent(drifted, decide(drifted), state=IntentState.FAILED)

    assert decide(failed).next is None


def test_lpt_that_the_self_bond_lacks_is_not_swept() -> None:
    asked = replace(REGISTRATION, self_bond=1200 * LPT)
    registering = rewarded(
        sweep=SWEEP, registration=asked, lpt_balance=250 * LPT, allowance=250 * LPT
    )

    decision = decide(registering)

    assert kind_of(decision) is IntentKind.BOND
    assert not any(one.kind is IntentKind.TRANSFER_LPT for one in decision.intents)


@pytest.mark.parametrize(
    "sweep",
    [
        pytest.param(None, id="no sweep"),
        pytest.param(replace(SWEEP, to=""), id="to nobody"),
        pytest.param(replace(SWEEP, to="0x" + "0" * 40), id="to the zero address"),
        pytest.param(replace(SWEEP, to=OWN), id="to itself"),
        pytest.param(Sweep(to=COLD), id="no bound given"),
    ],
)
def test_nothing_leaves_without_a_bound_and_a_cold_address(sweep: Sweep | None) -> None:
    rich = rewarded(
        sweep=sweep,
        pending_fees=9 * ETHER,
        lpt_balance=9000 * LPT,
        balance_wei=9 * ETHER,
        unbonding_locks=(UnbondingLock(3, LPT, ROUND),),
    )

    assert decide(rich).next is None


@pytest.mark.parametrize(
    ("changes", "reason", "status"),
    [
        pytest.param({}, "Enough", Status.TRUE, id="gas for long"),
        pytest.param({"balance_wei": ETHER // 100}, "BelowFloor", Status.FALSE, id="below floor"),
        pytest.param(
            {"burn_wei_per_day": ETHER // 10},
            "RunningOut",
            Status.FALSE,
            id="ten days at this burn",
        ),
        pytest.param({"signers": frozenset()}, "NoKeys", Status.TRUE, id="nobody to fund"),
    ],
)
def test_funding_is_told_in_days_of_gas(
    changes: dict[str, Any], reason: str, status: Status
) -> None:
    verdict = decide(rewarded(**changes)).verdicts[Aspect.FUNDED]

    assert (verdict.reason, verdict.status) == (reason, status)


def test_running_out_is_told_in_days() -> None:
    decision = decide(rewarded(burn_wei_per_day=ETHER // 10))

    assert "EtherRunningOut" in reasons(decision)
    assert "9.8 days" in decision.verdicts[Aspect.FUNDED].message
