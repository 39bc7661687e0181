"""The bytes that go to the contracts: selectors are the protocol's, arguments are padded words."""

import pytest
from tests.unit.operator.chain.cases import CALLER, COLD, OWN

from podium_operator.chain import calls

_WORD = 64


@pytest.mark.parametrize(
    ("data", "selector", "words"),
    [
        pytest.param(calls.reward(), "228cb733", 0, id="the orchestrator's own reward"),
        pytest.param(calls.reward_for(OWN), "1a8c41f8", 1, id="the named caller's reward"),
        pytest.param(calls.set_reward_caller(CALLER), "0103e60e", 1, id="naming a caller"),
        pytest.param(calls.initialize_round(), "d4807fb2", 0, id="beginning a round"),
        pytest.param(calls.set_terms(100_000, 50_000), "43d3461a", 2, id="setting terms"),
        pytest.param(calls.bond(1, OWN), "b78d27dc", 2, id="bonding"),
        pytest.param(calls.withdraw_fees(COLD, 5), "ad3b1b47", 2, id="withdrawing fees"),
        pytest.param(calls.approve(COLD, 5), "095ea7b3", 2, id="the token's allowance"),
        pytest.param(calls.transfer_lpt(COLD, 5), "a9059cbb", 2, id="the token's transfer"),
    ],
)
def test_each_call_starts_with_the_protocols_selector(data: str, selector: str, words: int) -> None:
    assert data.startswith(f"0x{selector}")
    assert len(data) == 2 + 8 + _WORD * words


def test_arguments_are_the_numbers_and_addresses_given() -> None:
    data = calls.bond(1_234, OWN)

    assert int(data[10 : 10 + _WORD], 16) == 1_234
    assert data[-40:] == OWN[2:].lower()


def test_a_service_uri_is_carried_byte_for_byte() -> None:
    data = calls.set_service_uri("https://ö.example:8935")

    assert "https://ö.example:8935".encode().hex() in data
