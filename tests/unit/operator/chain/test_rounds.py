"""Stages and shares of a round, as tables."""

from dataclasses import replace

import pytest
from tests.unit.operator.chain.cases import LENGTH, OWN, ROUND, ROUND_STATE, STRANGER, TRANSCODER

from podium_operator.chain.model import Stage
from podium_operator.chain.rounds import (
    blocks_left,
    blocks_until_lock,
    draw_ppm,
    progress_ppm,
    seconds_left,
    terms_still_fit,
)
from podium_operator.chain.stages import STAYS, is_missed, stage_of

_OUT = {"active": False, "registered": False, "delegate": "", "bonded_amount": 0}


@pytest.mark.parametrize(
    ("changes", "stage"),
    [
        pytest.param({}, Stage.ACTIVE, id="active and to stay"),
        pytest.param(
            {"deactivation_round": ROUND + 1},
            Stage.LEAVING,
            id="evicted, active to the round's end",
        ),
        pytest.param(
            {"registered": False, "bonded_amount": 0, "delegate": ""},
            Stage.LEAVING,
            id="resigned, active to the round's end",
        ),
        pytest.param(
            {"active": False, "activation_round": ROUND + 1},
            Stage.ACTIVATING,
            id="in the pool from the next round on",
        ),
        pytest.param(
            {"active": False, "deactivation_round": ROUND}, Stage.EVICTED, id="evicted before"
        ),
        pytest.param(
            {"active": False, "activation_round": 0, "deactivation_round": 0},
            Stage.NOT_IN_POOL,
            id="registered while the pool was full",
        ),
        pytest.param(
            {"active": False, "activation_round": ROUND + 1, "deactivation_round": ROUND + 1},
            Stage.NOT_IN_POOL,
            id="joined and displaced within one round",
        ),
        pytest.param({**_OUT, "activation_round": 0}, Stage.UNKNOWN, id="never seen"),
        pytest.param({**_OUT, "deactivation_round": 50}, Stage.RESIGNED, id="resigned rounds ago"),
        pytest.param(
            {**_OUT, "delegate": STRANGER, "bonded_amount": 5, "activation_round": 0},
            Stage.DELEGATED_ELSEWHERE,
            id="its stake is with somebody else",
        ),
    ],
)
def test_a_stage_follows_from_what_the_contract_keeps(
    changes: dict[str, object], stage: Stage
) -> None:
    assert stage_of(replace(TRANSCODER, **changes), ROUND) is stage  # type: ignore[arg-type]  # table


@pytest.mark.parametrize(
    ("changes", "missed"),
    [
        pytest.param({"last_reward_round": ROUND - 1}, False, id="rewarded in it"),
        pytest.param({"last_reward_round": ROUND - 2}, True, id="active and not rewarded"),
        pytest.param(
            {"last_reward_round": 0, "activation_round": ROUND}, False, id="joined after it"
        ),
        pytest.param(
            {"last_reward_round": ROUND - 2, "deactivation_round": ROUND - 1},
            False,
            id="had left before it",
        ),
        pytest.param(
            {"last_reward_round": 0, "activation_round": 0, "deactivation_round": STAYS},
            False,
            id="never in the pool",
        ),
    ],
)
def test_a_missed_round_is_told_from_the_chain_alone(
    changes: dict[str, int], *, missed: bool
) -> None:
    assert is_missed(replace(TRANSCODER, **changes), ROUND - 1) is missed  # type: ignore[arg-type]  # table


@pytest.mark.parametrize(
    ("gone", "progress", "until_lock", "fits"),
    [
        pytest.param(-5, 0, 900, True, id="an endpoint is behind the round's start"),
        pytest.param(0, 0, 900, True, id="the round's first block"),
        pytest.param(880, 880_000, 20, True, id="just enough room for the terms"),
        pytest.param(881, 881_000, 19, False, id="one block too late for the terms"),
        pytest.param(2000, 1_000_000, 0, False, id="past the end"),
    ],
)
def test_a_round_is_measured_in_its_blocks(
    gone: int, progress: int, until_lock: int, *, fits: bool
) -> None:
    moved = replace(ROUND_STATE, block_number=ROUND_STATE.start_block + gone)

    assert progress_ppm(moved) == progress
    assert blocks_until_lock(moved) == until_lock
    assert terms_still_fit(moved) is fits
    assert 0 <= blocks_left(moved) <= LENGTH


def test_a_locked_round_has_no_room_for_terms() -> None:
    assert not terms_still_fit(replace(ROUND_STATE, locked=True))


def test_a_round_without_length_is_over() -> None:
    assert progress_ppm(replace(ROUND_STATE, length=0)) == 1_000_000


def test_the_time_left_is_the_blocks_left() -> None:
    assert seconds_left(ROUND_STATE, block_seconds=12.0) == 900 * 12.0


def test_draws_differ_by_round_and_identity_and_never_by_process() -> None:
    drawn = {draw_ppm(OWN, number) for number in range(100)}

    assert len(drawn) > 90
    assert all(0 <= one < 1_000_000 for one in drawn)
    assert draw_ppm(OWN, 1) == draw_ppm(OWN.lower(), 1)
