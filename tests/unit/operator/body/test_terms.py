"""From what people write to what contracts count in, and back."""

from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.unit.operator.desired.samples import orchestrator

from podium_operator.chain import model
from podium_operator.chain.terms import terms_of
from podium_operator.chain.units import as_eth, in_base_units, in_ppm, in_wei_per_gas, shortened
from podium_operator.errors import InvalidSpecError

OWN, CALLER, COLD = (f"0x{digit * 40}" for digit in "123")
KEYSTORE = {
    "secretRef": {"name": "key", "key": "keystore.json"},
    "passwordSecretRef": {"name": "password", "key": "password"},
}
RPC = {"endpoints": [{"name": "own", "url": "http://rpc.example.com"}]}
TERMS = {"rewardCutPercent": 12.5, "serviceURI": "https://o.example.com:8935"}


def terms(
    *, policy: str = "Retain", annotations: dict[str, str] | None = None, **chain: Any
) -> model.ChainTerms:
    spec = {"address": OWN, "rpc": RPC, **chain}
    parsed = orchestrator(chain=spec, deletionPolicy=policy, annotations=annotations)
    assert parsed.spec.chain is not None
    return terms_of(parsed, parsed.spec.chain)


def test_the_least_that_is_written_is_safe() -> None:
    found = terms()

    assert found.chain_id == 42161
    assert found.signers == frozenset()
    assert found.approval is model.Approval.MANUAL
    assert found.deletion is model.DeletionPolicy.RETAIN
    assert found.registration is None
    assert found.sweep is None
    assert found.gas.budget_wei_per_day == 5 * 10**15


def test_amounts_are_exact() -> None:
    found = terms(
        gas={"capGwei": "0.000000001", "budgetEthPerDay": "0.000000000000000001"},
        registration={**TERMS, "feeCutPercent": 99.9999, "selfBondLpt": "123456789.5"},
        sweep={"to": COLD, "lptAbove": "0.1"},
    )

    assert found.gas.cap_wei == 1
    assert found.gas.budget_wei_per_day == 1
    assert found.registration is not None
    assert found.registration.fee_share_ppm == 1
    assert found.registration.reward_cut_ppm == 125_000
    assert found.registration.self_bond == 123_456_789_500_000_000_000_000_000
    assert found.sweep is not None
    assert found.sweep.lpt_above == 10**17
    assert found.sweep.eth_above_wei is None


def test_only_keys_that_are_here_sign() -> None:
    caller = {"address": CALLER, "signer": {"keystore": KEYSTORE}}

    assert terms(rewards={"caller": caller}).signers == {CALLER}
    assert terms(signer={"keystore": KEYSTORE}).signers == {OWN}


@pytest.mark.parametrize(
    ("said", "is_confirmed"),
    [
        pytest.param(OWN, True, id="the very address"),
        pytest.param("yes", False, id="a mere yes"),
        pytest.param(COLD, False, id="another's address"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_unbonding_is_confirmed_by_the_address_alone(said: str, *, is_confirmed: bool) -> None:
    found = terms(policy="Unbond", annotations={"podium.video/confirm-unbond": said})

    assert found.deletion is model.DeletionPolicy.UNBOND
    assert found.unbond_confirmed is is_confirmed


def test_throwing_secrets_away_throws_no_stake_away() -> None:
    assert terms(policy="Delete").deletion is model.DeletionPolicy.RETAIN


def test_rewards_can_be_left_to_somebody_else() -> None:
    assert terms(rewards={"enabled": False}).rewards is None


@pytest.mark.parametrize(
    ("chain", "message"),
    [
        pytest.param(
            {"address": "0xD8E8328501E9645d16Cf49539efC04f734606Ee4"},
            r"spec\.chain\.address: .* wrong checksum.*copy it again",
            id="a mistyped address",
        ),
        pytest.param(
            {"registration": {**TERMS, "rewardCutPercent": 1.00001, "feeSharePercent": 1}},
            r"spec\.chain\.registration\.rewardCutPercent: .*at most four decimals",
            id="a cut too fine",
        ),
    ],
)
def test_what_a_schema_cannot_judge_is_refused_by_name(chain: Any, message: str) -> None:
    with pytest.raises(InvalidSpecError, match=message):
        terms(**chain)


@given(st.integers(min_value=0, max_value=10**27))
def test_an_amount_written_and_read_is_the_same(base_units: int) -> None:
    assert in_base_units(as_eth(base_units)) == base_units


@given(st.integers(min_value=0, max_value=1_000_000))
def test_every_share_that_a_contract_knows_can_be_written(ppm: int) -> None:
    assert in_ppm(ppm / 10_000, field="x") == ppm


def test_a_price_of_gas_is_exact() -> None:
    assert in_wei_per_gas("0.02") == 20_000_000


@pytest.mark.parametrize(
    ("lpt", "shown"),
    [
        pytest.param("81234.9", "81.2k", id="thousands"),
        pytest.param("4050", "4.05k", id="a few thousands"),
        pytest.param("999.99", "999", id="nearly a thousand"),
        pytest.param("1234567.8", "1.23M", id="millions"),
        pytest.param("12.345", "12.3", id="a dozen"),
        pytest.param("0.5", "0.5", id="less than one"),
        pytest.param("0", "0", id="nothing"),
        pytest.param("100", "100", id="a round number"),
    ],
)
def test_a_column_shows_three_digits_and_never_more_than_there_is(lpt: str, shown: str) -> None:
    assert shortened(in_base_units(lpt)) == shown
