"""The books of a round: exact, from balances and what was moved, never from estimates."""

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st
from tests.unit.operator.chain.cases import COLD, LPT, OWN, STATE, STRANGER, seen

from podium_operator.chain.decide import decide
from podium_operator.chain.ledger import (
    COLUMNS,
    Balance,
    GasPayment,
    balance_of,
    cells_of,
    entries_of,
    entry_of,
    payments_of,
    total_of,
)
from podium_operator.chain.movements import TOPICS, Log, Movement, MovementKind, movement_of

_OPENING = Balance(round=7, block=100, stake=1000 * LPT, fees_wei=5)
_CLOSING = Balance(round=8, block=200, stake=1_011_163_600_000_000_000_000, fees_wei=5)


def _moved(kind: MovementKind, amount: int, block: int = 150, index: int = 0) -> Movement:
    return Movement(kind=kind, amount=amount, block=block, index=index)


def _word(value: int | str) -> str:
    return f"{int(value, 16) if isinstance(value, str) else value:064x}"


def test_the_example_measured_on_the_contracts_comes_out_to_the_wei() -> None:
    reward = _moved(MovementKind.REWARD, 15_948_000_000_000_000_000)
    treasury = _moved(MovementKind.TREASURY, 1_772_000_000_000_000_000, index=1)

    entry = entry_of(_OPENING, _CLOSING, movements=[reward, treasury], payments=[])

    assert entry.stake_earned == 11_163_600_000_000_000_000
    assert (entry.reward, entry.treasury) == (reward.amount, treasury.amount)


@pytest.mark.parametrize(
    ("moved", "closing_stake", "earned"),
    [
        pytest.param([], 1010, 10, id="growth alone is earned"),
        pytest.param([_moved(MovementKind.BONDED, 100)], 1110, 10, id="what was put in is not"),
        pytest.param([_moved(MovementKind.UNBONDED, 100)], 910, 10, id="what was taken out counts"),
        pytest.param([_moved(MovementKind.REBONDED, 50)], 1060, 10, id="what came back does not"),
        pytest.param(
            [_moved(MovementKind.BONDED, 100), _moved(MovementKind.BONDED, 100)],
            1110,
            10,
            id="a line read twice counts once",
        ),
        pytest.param(
            [_moved(MovementKind.BONDED, 5, block=100), _moved(MovementKind.BONDED, 7, block=201)],
            1010,
            10,
            id="other rounds' lines do not count",
        ),
        pytest.param(
            [_moved(MovementKind.BONDED, 7, block=200)], 1017, 10, id="the closing block counts"
        ),
        pytest.param(
            [_moved(MovementKind.STAKE_WITHDRAWN, 50)], 1010, 10, id="unbonded stake left before"
        ),
    ],
)
def test_stake_earned_is_what_was_neither_put_in_nor_taken_out(
    moved: list[Movement], closing_stake: int, earned: int
) -> None:
    opening = replace(_OPENING, stake=1000)
    closing = replace(_CLOSING, stake=closing_stake)

    assert entry_of(opening, closing, movements=moved, payments=[]).stake_earned == earned


def test_fees_earned_are_the_difference_and_what_was_withdrawn() -> None:
    moved = [_moved(MovementKind.TICKET, 100), _moved(MovementKind.FEES_WITHDRAWN, 40, index=1)]
    closing = replace(_CLOSING, fees_wei=16)

    entry = entry_of(_OPENING, closing, movements=moved, payments=[])

    assert (entry.tickets_wei, entry.fees_withdrawn_wei, entry.fees_earned_wei) == (100, 40, 51)


def test_gas_is_booked_by_key() -> None:
    paid = [
        GasPayment(OWN, 101, 3),
        GasPayment(OWN, 102, 4),
        GasPayment(STRANGER, 150, 5),
        GasPayment(OWN, 100, 99),
    ]

    entry = entry_of(_OPENING, _CLOSING, movements=[], payments=paid)

    assert entry.gas_wei == {OWN: 7, STRANGER: 5}


def test_payments_are_those_whose_receipts_are_known() -> None:
    one = decide(seen()).intents[0]
    paid = replace(one, mined_block=120, cost_wei=9)

    assert payments_of([one, paid, replace(one, cost_wei=9)]) == (GasPayment(OWN, 120, 9),)


@given(
    stakes=st.lists(st.integers(0, 10**30), min_size=2, max_size=6),
    amounts=st.lists(st.tuples(st.sampled_from(MovementKind), st.integers(0, 10**24)), max_size=9),
)
def test_rounds_add_up_to_the_whole(
    stakes: list[int], amounts: list[tuple[MovementKind, int]]
) -> None:
    balances = [
        Balance(round=n, block=n * 10, stake=stake, fees_wei=stake // 3)
        for n, stake in enumerate(stakes)
    ]
    moved = [_moved(kind, amount, 1 + 7 * n, n) for n, (kind, amount) in enumerate(amounts)]
    paid = [GasPayment(OWN, 1 + 7 * n, amount) for n, (_, amount) in enumerate(amounts)]

    entries = entries_of(balances, moved, paid)

    whole = entry_of(balances[0], balances[-1], movements=moved, payments=paid)
    assert total_of(entries) == whole
    for entry in entries:
        put_in = entry.opening_stake + entry.bonded + entry.stake_earned
        assert put_in - entry.unbonded == entry.closing_stake


def test_no_rounds_have_no_total() -> None:
    assert total_of([]) is None
    assert entries_of([_OPENING], [], []) == ()


def test_a_line_shows_every_digit_under_its_title() -> None:
    lost = replace(_CLOSING, stake=_OPENING.stake - 1)
    entry = entry_of(_OPENING, lost, movements=[], payments=[GasPayment(OWN, 101, 3)])

    line = dict(zip(COLUMNS, cells_of(entry), strict=True))

    assert line["opening_stake_lpt"] == "1000.000000000000000000"
    assert line["stake_earned_lpt"] == "-0.000000000000000001"
    assert line["gas_eth"] == "0.000000000000000003"
    assert (line["round"], line["closing_block"]) == ("7", "200")


def test_a_read_of_the_chain_is_a_balance() -> None:
    balance = balance_of(STATE)

    assert balance == Balance(round=100, block=9000, stake=1000 * LPT, fees_wei=0)


def test_topics_are_the_protocols() -> None:
    known = ("0x619caafa", "0x40e20071", "0x8b87351a")

    assert {topic[:10] for topic in TOPICS} >= set(known)


def _topic(kind: MovementKind) -> str:
    return TOPICS[list(MovementKind).index(kind)]


_OWN_TOPIC, _OTHER_TOPIC = f"0x{_word(OWN)}", f"0x{_word(STRANGER)}"


@pytest.mark.parametrize(
    ("kind", "topics", "words"),
    [
        pytest.param(MovementKind.REWARD, [_OWN_TOPIC], [77], id="a reward"),
        pytest.param(MovementKind.TREASURY, [_OWN_TOPIC], [COLD, 77], id="the treasury's part"),
        pytest.param(
            MovementKind.BONDED, [_OWN_TOPIC, _OTHER_TOPIC, _OWN_TOPIC], [77, 99], id="a bond"
        ),
        pytest.param(
            MovementKind.UNBONDED, [_OTHER_TOPIC, _OWN_TOPIC], [1, 77, 9], id="an unbonding"
        ),
        pytest.param(MovementKind.REBONDED, [_OTHER_TOPIC, _OWN_TOPIC], [1, 77], id="a rebond"),
        pytest.param(MovementKind.STAKE_WITHDRAWN, [_OWN_TOPIC], [1, 77, 9], id="a withdrawal"),
        pytest.param(MovementKind.TICKET, [_OTHER_TOPIC, _OWN_TOPIC], [77], id="a ticket paid"),
        pytest.param(MovementKind.FEES_WITHDRAWN, [_OWN_TOPIC], [COLD, 77], id="fees taken"),
    ],
)
def test_a_log_line_is_read_by_the_protocols_layout(
    kind: MovementKind, topics: list[str], words: list[int | str]
) -> None:
    data = "0x" + "".join(_word(word) for word in words)
    log = Log(block=5, index=2, topics=[_topic(kind), *topics], data=data)

    assert movement_of(log, OWN) == Movement(kind=kind, amount=77, block=5, index=2)
    assert movement_of(log, COLD) is None


@pytest.mark.parametrize(
    "log",
    [
        pytest.param(Log(1, 0, [], "0x"), id="no topics"),
        pytest.param(Log(1, 0, ["0x" + "00" * 32, _OWN_TOPIC], "0x"), id="an unknown event"),
        pytest.param(Log(1, 0, [_topic(MovementKind.REWARD)], "0x"), id="no account"),
        pytest.param(
            Log(1, 0, [_topic(MovementKind.REWARD), _OWN_TOPIC], "0x12"), id="data cut short"
        ),
        pytest.param(
            Log(1, 0, [_topic(MovementKind.REWARD), _OWN_TOPIC], "0xzz"), id="data not hex"
        ),
        pytest.param(
            Log(1, 0, [_topic(MovementKind.BONDED), _OWN_TOPIC], f"0x{_word(1)}"),
            id="a bond with a topic too few",
        ),
    ],
)
def test_what_is_not_a_movement_of_ours_is_none(log: Log) -> None:
    assert movement_of(log, OWN) is None
